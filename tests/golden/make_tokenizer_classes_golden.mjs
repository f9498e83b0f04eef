// Make tests/golden/tokenizer-classes/: for each tokenizer class a model folder with the files from before
// tokenizer.json (NAME/), the tokenizer.json that the transformers library makes of them (NAME.json, by the
// rules of its converters from slow to fast classes), and golden.json: what Hugging Face's own tokenizers
// make of a few awkward texts with the latter.
//
//   cd FOLDER-WITH-node_modules; node .../make_tokenizer_classes_golden.mjs .../tests/golden/tokenizer-classes
//
// The oracle is the npm package @anush008/tokenizers@0.6.0 (tokenizers 0.22, native). Offsets are turned from
// code points into bytes.
import { createRequire } from 'node:module';
import { writeFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { charsmap, printable } from './tokenizer_parts.mjs';

const require = createRequire(join(process.cwd(), 'package.json'));
const { Tokenizer } = require('@anush008/tokenizers');
const out = process.argv[2];
rmSync(out, { recursive: true, force: true });

const texts = [
  '', ' ', '  a  b ', 'Hello, World! change-ringing', 'can\'t WON\'T he\'ll THE cat\'S', 'na\u00efve cafe\u0301 caf\u00e9 \u00c5\u212b',
  '\u4e2d\u6587abc \u65e5\u672c', 'y1234 \u00bd 12.5 7, 77, in 2013', '\ud83d\ude00\ud83d\udc4d ok', 'a\tb\r\n\n c\u00a0d\u3000e',
  'the[MASK] and [SEP]them THE [CLS]', 'the <mask> x </s>the<s> the <pad>', 'covid19 Covid19 xcovid19 a covid19s [HL] q [HL]the', 'a <a> the <b> the <c> the', 'a xyzthe xyz Xyz',
  '<|endoftext|>the <|im_start|> the', 'the   cat    sat  ', '``the\'\' cat, <unk> <s>NOTUSED', '<bos>the<eos> aaaa aaa the  the', '\u0130I \ufb01 \u1e9e',
];

const flags = (content, id, special, more = {}) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: !special, special, ...more });
const decoder = (tokens) => Object.fromEntries(tokens.map(({ id, ...rest }) => [String(id), rest]));
const template = (before, after) => {
  const special = (id) => ({ SpecialToken: { id, type_id: 0 } });
  const all = [...before, ...after];
  return {
    type: 'TemplateProcessing',
    single: [...before.map(([t]) => special(t)), { Sequence: { id: 'A', type_id: 0 } }, ...after.map(([t]) => special(t))],
    pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: Object.fromEntries(all.map(([id, n]) => [id, { id, ids: [n], tokens: [id] }])),
  };
};
const cases = {};

// ---- WordPiece ----
const wordPieces = ['un', '##aff', 'the', 'The', 'cat', 'change', '-', 'ring', '##ing', 'hello', 'Hello', ',', 'world', 'World', '!', 'can', "'", 't', 's', 'cafe', 'caf\u00e9',
  'na', '##ive', '##\u00efve', '\u4e2d', '\u6587', '\u65e5', '\u672c', '##\u6587', 'a', 'b', 'x', 'y', '##1', '##2', '##3', '##4', '7', '.', 'e', '##m', '##s', '[', ']', '<', '>', 'covid', '##19', 'HL', 'xyz', '##the', '##\u672c', 'and', 'them'];
const wordPiece = (specials) => [...specials, ...wordPieces];
const brackets = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
function bert(name, { specials = brackets, unk = '[UNK]', cls = '[CLS]', sep = '[SEP]', lower = true, strip = null, chinese = true, added = [], mask = {}, files }) {
  const vocab = wordPiece(specials);
  const id = (t) => vocab.indexOf(t);
  cases[name] = {
    files: { 'vocab.txt': vocab.map((t) => t + '\n').join(''), ...files(vocab) },
    json: {
      added_tokens: [...specials.map((t) => flags(t, id(t), true, t.toLowerCase().includes('mask') ? mask : {})), ...added.map((t, i) => ({ ...t, id: vocab.length + i }))],
      normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: chinese, strip_accents: strip, lowercase: lower },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: template([[cls, id(cls)]], [[sep, id(sep)]]),
      model: { type: 'WordPiece', unk_token: unk, continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab: Object.fromEntries(vocab.map((t, i) => [t, i])) },
    },
  };
}
bert('bert', { files: () => ({ 'config.json': { model_type: 'bert' } }) });
bert('bert-cased', {
  lower: false, added: [flags('covid19', 0, false), flags('[HL]', 0, true)],
  files: (v) => ({ 'tokenizer_config.json': { tokenizer_class: 'BertTokenizer', do_lower_case: false, model_max_length: 512 }, 'added_tokens.json': { '[HL]': v.length + 1, covid19: v.length },
    'special_tokens_map.json': { additional_special_tokens: ['[HL]'], cls_token: '[CLS]', sep_token: '[SEP]', pad_token: '[PAD]', unk_token: '[UNK]', mask_token: '[MASK]' } }),
});
const odd = [flags('covid19', 0, false, { single_word: true }), flags('<a>', 0, true, { lstrip: true }), flags('<b>', 0, true, { rstrip: true }), flags('Xyz', 0, false, { normalized: true }), flags('<c>', 0, false, { normalized: false, lstrip: true, rstrip: true })];
bert('distilbert', {
  strip: false, chinese: false, added: odd,
  files: (v) => ({ 'config.json': { model_type: 'distilbert' },
    'tokenizer_config.json': { tokenizer_class: 'DistilBertTokenizerFast', do_lower_case: true, strip_accents: false, tokenize_chinese_chars: false, model_max_length: 1000000000000000019884624838656n,
      added_tokens_decoder: decoder([...brackets.map((t) => flags(t, v.indexOf(t), true)), ...odd.map((t, i) => ({ ...t, id: v.length + i }))]) },
    'special_tokens_map.json': { cls_token: '[SEP]' } }), // not read where there is a decoder
});
bert('electra', {
  specials: ['[PAD]', '<nothing>', '<begin>', '[SEP]', '[MASK]'], unk: '<nothing>', cls: '<begin>', added: [flags('[HL]', 0, true)],
  files: () => ({ 'config.json': { model_type: 'electra' }, 'tokenizer_config.json': { unk_token: '[UNK]', cls_token: '[CLS]' },
    'special_tokens_map.json': { unk_token: '<nothing>', cls_token: { content: '<begin>', lstrip: false, normalized: false, rstrip: false, single_word: false }, additional_special_tokens: ['[HL]'] } }),
});
bert('mpnet', { specials: ['<s>', '<pad>', '</s>', '[UNK]', '<mask>'], cls: '<s>', sep: '</s>', mask: { lstrip: true }, files: () => ({ 'tokenizer_config.json': { tokenizer_class: 'MPNetTokenizer' } }) });

// ---- byte level ----
const merges = ['t h', 'th e', '\u0120 th', '\u0120 a', '\u0120a n', 'l l', 'e ll', 'H ell', 'Hell o', '2 0', '20 1', '201 3', '\u0120 1', '\u0120 2', '\u0120 \u0120', '\u0120\u0120 \u0120', "' S", "' s", '1 2', '12 3', 'x y'];
function byteLevel(name, { before = [], after = [], prefix = false, normalizer = null, pattern = null, post, added, listed = true, vocabName = 'vocab.json', mergesName = 'merges.txt', files }) {
  const vocab = {};
  if (listed) before.forEach((t) => (vocab[t] = Object.keys(vocab).length));
  Object.values(printable).forEach((c) => (vocab[c] = Object.keys(vocab).length));
  for (const merge of merges) vocab[merge.replace(' ', '')] ??= Object.keys(vocab).length;
  if (listed) after.forEach((t) => (vocab[t] = Object.keys(vocab).length));
  const n = Object.keys(vocab).length;
  const tokens = added(vocab, n);
  const level = { type: 'ByteLevel', add_prefix_space: prefix, trim_offsets: true, use_regex: !pattern };
  cases[name] = {
    files: { [vocabName]: vocab, [mergesName]: '#version: 0.2\n' + merges.map((m) => m + '\n').join(''), ...files(vocab, tokens) },
    json: {
      added_tokens: tokens, normalizer,
      pre_tokenizer: pattern ? { type: 'Sequence', pretokenizers: [{ type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false }, level] } : level,
      post_processor: post ? post(vocab) : { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
      model: { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: '', end_of_word_suffix: '', fuse_unk: false, byte_fallback: false, ignore_merges: false, vocab, merges },
    },
  };
}
const end = '<|endoftext|>';
byteLevel('gpt2', { after: [end], vocabName: 'encoder.json', mergesName: 'vocab.bpe', added: (v) => [flags(end, v[end], true)], files: () => ({ 'config.json': { model_type: 'gpt2' } }) });
byteLevel('gpt2-bos', { after: [end], prefix: true, added: (v) => [flags(end, v[end], true)], post: (v) => template([[end, v[end]]], []), files: () => ({ 'tokenizer_config.json': { tokenizer_class: 'GPT2Tokenizer', add_bos_token: true, add_prefix_space: true } }) });
const angles = ['<s>', '<pad>', '</s>', '<unk>'];
const roberta = (prefix) => (v) => ({ type: 'RobertaProcessing', sep: ['</s>', v['</s>']], cls: ['<s>', v['<s>']], trim_offsets: true, add_prefix_space: prefix });
byteLevel('roberta', { before: angles, after: ['<mask>'], post: roberta(false), files: () => ({ 'config.json': { model_type: 'roberta' } }),
  added: (v) => [...angles.map((t) => flags(t, v[t], true)), flags('<mask>', v['<mask>'], true, { lstrip: true })] });
byteLevel('roberta-prefix', { before: angles, after: ['<mask>'], prefix: true, post: roberta(true), files: (v, t) => ({ 'tokenizer_config.json': { tokenizer_class: 'RobertaTokenizer', add_prefix_space: true }, 'added_tokens.json': { covid19: t.at(-1).id } }),
  added: (v, n) => [...angles.map((t) => flags(t, v[t], true)), flags('<mask>', v['<mask>'], true, { lstrip: true }), flags('covid19', n, false)] });
const chat = [end, '<|im_start|>', '<|im_end|>'];
byteLevel('qwen2', { after: chat, listed: false, normalizer: { type: 'NFC' }, post: () => ({ type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false }),
  pattern: "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+", added: (v, n) => chat.map((t, i) => flags(t, n + i, true)),
  files: (v, t) => ({ 'config.json': { model_type: 'qwen3' }, 'tokenizer_config.json': { tokenizer_class: 'Qwen2Tokenizer', add_prefix_space: false, add_bos_token: false, bos_token: null, eos_token: '<|im_end|>', pad_token: end, unk_token: null, additional_special_tokens: chat.slice(1), added_tokens_decoder: decoder(t) } }) });
const blanks = ['    ', '   ', '  '];
byteLevel('neox', { before: [end], normalizer: { type: 'NFC' }, added: (v, n) => [flags(end, v[end], true), ...blanks.map((t, i) => flags(t, n + i, false))],
  files: (v, t) => ({ 'config.json': { model_type: 'gpt_neox' }, 'tokenizer_config.json': { tokenizer_class: 'GPTNeoXTokenizer', added_tokens_decoder: decoder(t) } }) });

// ---- SentencePiece ----
const mark = '\u2581';
const [NORMAL, UNKNOWN, CONTROL, USER, BYTE] = [1, 2, 3, 4, 6];
const varint = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...varint(Math.floor(n / 128))]);
const field = (number, bytes) => Buffer.from([...varint((number << 3) | 2), ...varint(bytes.length), ...bytes]);
const number = (at, n) => Buffer.from([...varint(at << 3), ...varint(n)]);
const float = (at, x) => { const b = Buffer.alloc(5); b[0] = (at << 3) | 5; b.writeFloatLE(x, 1); return b; };
const model = (pieces, kind, spec) => Buffer.concat([...pieces.map(([t, s, k]) => field(1, Buffer.concat([field(1, Buffer.from(t)), float(2, s), number(3, k)]))), field(2, number(3, kind)), field(3, spec)]);
const spec = (map, prefix, remove) => Buffer.concat([...(map ? [field(2, Buffer.from(map, 'base64'))] : []), number(3, prefix), number(4, remove), number(5, 1)]);
const map = charsmap(); // a -> b, \u00e9 -> e, \u3000 -> space, x -> nothing
const words = ['the', 'cat', 'hello', 'Hello', 'world', 'cafe', 'caf\u00e9', 'na\u00efve', 'naive', 'change', 'in', 'and', 'them', 'covid', 'THE', '\u4e2d'];
const letters = [...'abcdefghijklmnopqrstuvwxyzHTEC0123456789.,!\'"<>[]/-'].filter((c, i, all) => all.indexOf(c) === i);
const unigram = [[mark, -3], ...words.map((w, i) => [mark + w, -4 - i / 8]), ['the', -5.5], ['ing', -6], ['7,', -5], ['77', -6.5], ...letters.map((c, i) => [c, -9 - i / 64])];
// score-100 where a digit and a comma end a piece
const lowered = ([t, s]) => [t, /\d,$/u.test(t) ? s - 100 : s];
const json = (added_tokens, normalizers, pre_tokenizer, post_processor, model) => ({ added_tokens, normalizer: normalizers.length ? { type: 'Sequence', normalizers } : null, pre_tokenizer, post_processor, model });
const precompiled = { type: 'Precompiled', precompiled_charsmap: map };
const cutWords = { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: mark, prepend_scheme: 'always', split: true }] };
const at = (vocab, t) => vocab.findIndex(([p]) => p === t);
const own = (t, vocab, more) => flags(t, at(vocab, t), true, more);

function albert(name, { lower, keep, charsmapped, config }) {
  const file = [['<pad>', 0, CONTROL], ['<unk>', 0, UNKNOWN], ['[CLS]', 0, CONTROL], ['[SEP]', 0, CONTROL], ['[MASK]', 0, USER], ['<a>', 0, USER], ...unigram.map((p) => [...p, NORMAL])];
  const vocab = file.map(lowered);
  const quotes = ['``', "''"].map((t) => ({ type: 'Replace', pattern: { String: t }, content: '"' }));
  cases[name] = {
    files: { 'spiece.model': model(file, 1, spec(charsmapped ? map : null, 1, 1)), ...config },
    json: json(['<pad>', '<unk>', '[CLS]', '[SEP]'].map((t) => own(t, vocab)).concat([own('[MASK]', vocab, { lstrip: true }), flags('<a>', at(vocab, '<a>'), false, { normalized: false })]),
      [...quotes, ...(keep ? [] : [{ type: 'NFKD' }, { type: 'StripAccents' }]), ...(lower ? [{ type: 'Lowercase' }] : []), ...(charsmapped ? [precompiled] : []), { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }],
      cutWords, template([['[CLS]', 2]], [['[SEP]', 3]]), { type: 'Unigram', unk_id: 1, vocab, byte_fallback: false }),
  };
}
albert('albert', { lower: true, keep: false, charsmapped: false, config: { 'config.json': { model_type: 'albert' } } });
albert('albert-cased', { lower: false, keep: true, charsmapped: true, config: { 'tokenizer_config.json': { tokenizer_class: 'AlbertTokenizer', do_lower_case: false, keep_accents: true, remove_space: true } } });

function fairseq(name, before, skipped, config) {
  const file = [['<unk>', 0, UNKNOWN], ['<s>', 0, CONTROL], ['</s>', 0, CONTROL], ...unigram.map((p) => [...p, NORMAL])];
  const vocab = [...before, ...file.slice(skipped).map(([t, s]) => [t, s]), ['<mask>', 0]];
  cases[name] = {
    files: { 'sentencepiece.bpe.model': model(file, 1, spec(map, 1, 1)), ...config },
    json: json([...vocab.map(([t]) => t).filter((t) => /^<\/?(s|pad|unk|s?unk)(NOTUSED)?>$|NOTUSED$/.test(t)).map((t) => own(t, vocab)), own('<mask>', vocab, { lstrip: true })],
      [precompiled], cutWords, template([['<s>', at(vocab, '<s>')]], [['</s>', at(vocab, '</s>')]]), { type: 'Unigram', unk_id: 3, vocab, byte_fallback: false }),
  };
}
fairseq('xlm-roberta', [['<s>', 0], ['<pad>', 0], ['</s>', 0], ['<unk>', 0]], 3, { 'tokenizer_config.json': { tokenizer_class: 'XLMRobertaTokenizer' } });
fairseq('camembert', [['<s>NOTUSED', 0], ['<pad>', 0], ['</s>NOTUSED', 0], ['<unk>', 0], ['<unk>NOTUSED', -100]], 1, { 'config.json': { model_type: 'camembert' } });

const bytes = Array.from({ length: 256 }, (_, i) => [`<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`, 0, BYTE]);
const joined = [mark + 't', 'he', mark + 'the', mark + mark, 'aa', 'll', mark + 'h', 'ello', mark + 'hello', 'el', 'lo', 'aaa', mark + mark + mark, 'ca', 'cat', mark + 'ca', mark + 'cat', 'll' + 'o', 'th', 'the', '20', '01'];
const bpe = [...joined.map((t, i) => [t, -i]), [mark, -50], ...letters.map((c, i) => [c, -51 - i])].map((p) => [...p, NORMAL]);
// Every cut of a piece into two others, by falling score, then the longer left part, the longer right one.
function mergesOf(vocab) {
  const ids = new Map(vocab.map(([t], i) => [t, i]));
  const rules = [];
  for (const [t, score] of vocab) {
    const chars = [...t];
    for (let i = 1; i < chars.length; i++) {
      const [l, r] = [chars.slice(0, i).join(''), chars.slice(i).join('')];
      if (ids.has(l) && ids.has(r)) rules.push({ l, r, score, n: i, m: chars.length - i });
    }
  }
  return rules.sort((a, b) => b.score - a.score || b.n - a.n || b.m - a.m).map(({ l, r }) => [l, r]);
}
function llama(name, { head, config, added = [], prefix = true, legacy = true, bos, eos }) {
  const file = [...head, ...bytes, ...bpe];
  const vocab = file.map(([t, s]) => [t, s]);
  const space = { type: 'Replace', pattern: { String: ' ' }, content: mark };
  const specials = head.map(([t, , k]) => (k === USER ? flags(t, at(vocab, t), false, { normalized: false }) : own(t, vocab)));
  cases[name] = {
    files: { 'tokenizer.model': model(file, 2, spec(null, prefix ? 1 : 0, 0)), ...config(vocab.length) },
    json: json([...specials, ...added.map((t, i) => ({ ...t, id: vocab.length + i }))], !legacy ? [] : prefix ? [{ type: 'Prepend', prepend: mark }, space] : [space],
      legacy ? null : { type: 'Metaspace', replacement: mark, prepend_scheme: prefix ? 'first' : 'never', split: false }, template(bos ? [[bos, at(vocab, bos)]] : [], eos ? [[eos, at(vocab, eos)]] : []),
      { type: 'BPE', dropout: null, unk_token: '<unk>', continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: true, byte_fallback: true, ignore_merges: false, vocab: Object.fromEntries(vocab.map(([t], i) => [t, i])), merges: mergesOf(vocab) }),
  };
}
const ends = [['<unk>', 0, UNKNOWN], ['<s>', 0, CONTROL], ['</s>', 0, CONTROL]];
llama('llama', { head: ends, bos: '<s>', config: () => ({ 'config.json': { model_type: 'llama' } }) });
llama('llama-new', { head: [...ends, ['<a>', 0, USER]], legacy: false, bos: '<s>', eos: '</s>', added: [flags('[HL]', 0, true)], config: (n) => ({ 'tokenizer_config.json': { tokenizer_class: 'LlamaTokenizer', legacy: false, add_eos_token: true, additional_special_tokens: ['[HL]'] } }) });
llama('mistral', { head: ends, prefix: false, eos: '</s>', config: () => ({ 'config.json': { model_type: 'mistral' }, 'tokenizer_config.json': { tokenizer_class: 'LlamaTokenizerFast', add_bos_token: false, add_eos_token: true, add_prefix_space: false } }) });
llama('gemma', { head: [['<pad>', 0, CONTROL], ['<eos>', 0, CONTROL], ['<bos>', 0, CONTROL], ['<unk>', 0, UNKNOWN]], prefix: false, bos: '<bos>', config: () => ({ 'tokenizer_config.json': { tokenizer_class: 'GemmaTokenizer' } }) });

// ---- write ----
const write = (path, content) => writeFileSync(path, typeof content === 'string' || Buffer.isBuffer(content) ? content
  : JSON.stringify(content, (_, v) => (typeof v === 'bigint' ? `BIG${v}` : v)).replace(/"BIG(\d+)"/g, '$1') + '\n');
const golden = { texts, classes: {} };
for (const [name, { files, json }] of Object.entries(cases)) {
  mkdirSync(join(out, name), { recursive: true });
  for (const [file, content] of Object.entries(files)) write(join(out, name, file), content);
  const whole = { version: '1.0', truncation: null, padding: null, decoder: null, ...json };
  write(join(out, `${name}.json`), whole);
  const oracle = Tokenizer.fromString(JSON.stringify(whole));
  golden.classes[name] = [];
  for (const text of texts) {
    const starts = [0];
    for (const c of text) starts.push(starts.at(-1) + Buffer.byteLength(c));
    const encoding = await oracle.encode(text);
    const spans = encoding.getOffsets();
    golden.classes[name].push(encoding.getIds().flatMap((id, i) => [id, starts[spans[i][0]], starts[spans[i][1]]]));
  }
}
writeFileSync(join(out, 'golden.json'), JSON.stringify(golden).replaceAll('"],', '"],\n').replaceAll(']],', ']],\n') + '\n');
