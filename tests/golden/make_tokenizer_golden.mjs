// Make tests/golden/tokenizer/: small tokenizer.json files, one for each component that the format
// knows, and golden.json: what Hugging Face's own tokenizers make of a few awkward texts with each.
//
//   cd FOLDER-WITH-node_modules; node .../make_tokenizer_golden.mjs .../tests/golden/tokenizer
//
// The oracle is the npm package @anush008/tokenizers@0.6.0 (tokenizers 0.22, native). Offsets are
// turned from code points into bytes.
import { createRequire } from 'node:module';
import { writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { charsmap, printable } from './tokenizer_parts.mjs';

const require = createRequire(join(process.cwd(), 'package.json'));
const { Tokenizer } = require('@anush008/tokenizers');
const out = process.argv[2];
mkdirSync(out, { recursive: true });

const texts = [
  '', ' ', '  a  b ', 'Hello, World! change-ringing', 'can\'t WON\'T he\'ll \u2019s', 'na\u00efve cafe\u0301 \u00c5\u212b \u1e9b\u0323',
  '\u4e2d\u6587abc \u65e5\u672c\u3067\u3059\u3002\u30ab\u30fc \ud55c\uad6d', 'y1234 \u00bd \u216b 12.5', '\ud83d\ude00\ud83d\udc4d\ud83c\udffd\u200d\ud83d\udc68 ok',
  'a\tb\r\n\n c\u00a0d\u3000e\u0001f\u200b', '\u0130I \ufb01 \u338f \ufdfa', 'a\u0315\u0300\u05ae\u0300b q\u0323\u0307 \u1100\u1161\u11a8',
  'the<mask> and</s>them THE </s>  x', '\u2581 \u2581x \u0120', '\ufffd\uffff', 'unaffable xyzzy the cat',
];

const bytes = Object.fromEntries(Array.from({ length: 256 }, (_, i) => [`<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`, i]));
// Every byte is a piece, so that ids show the normalised text.
const spell = { type: 'BPE', unk_token: '<unk>', fuse_unk: false, byte_fallback: true, vocab: { ...bytes, '<unk>': 256 }, merges: [] };
// Every pre-token is one piece, so that offsets show the cut.
const word = { type: 'WordLevel', vocab: { '<unk>': 0, the: 1, cat: 2, a: 3 }, unk_token: '<unk>' };

const byteLevel = { type: 'BPE', vocab: {}, merges: ['t h', 'th e', '\u0120 th', '\u0120 a', '\u0120a n', 'l l', 'e ll', 'H ell', 'Hell o'], ignore_merges: false };
Object.values(printable).forEach((c, i) => (byteLevel.vocab[c] = i));
for (const merge of byteLevel.merges) byteLevel.vocab[merge.replace(' ', '')] = Object.keys(byteLevel.vocab).length;

const wordPiece = { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 12, vocab: {} };
['[UNK]', '[CLS]', '[SEP]', 'un', '##aff', '##able', 'the', 'cat', 'change', '-', 'ring', '##ing', 'hello', ',', 'world', '!', 'can', "'", 't',
  'cafe', 'na', '##ive', '##i', '##ve', '\u4e2d', '\u65e5', 'a', 'b', 'x', '##1', '##2', '.', 'e', '##m'].forEach((p, i) => (wordPiece.vocab[p] = i));

const unigram = { type: 'Unigram', unk_id: 0, byte_fallback: false, vocab: [['<unk>', 0], ['\u2581', -2], ['\u2581the', -3], ['the', -4.5], ['\u2581c', -4], ['at', -4.2],
  ['a', -5], ['t', -5.1], ['e', -5.2], ['h', -5.3], ['c', -5.4], ['\u2581a', -3.5], ['n', -5.5], ['an', -5.25], ['and', -5.75], ['d', -6], ['x', -7], ['ca', -4.9], ['\u2581cat', -8.2], ['\u4e2d', -9]] };
const charBpe = { type: 'BPE', unk_token: '<unk>', fuse_unk: true, continuing_subword_prefix: '@', end_of_word_suffix: '</w>', vocab: {}, merges: ['t @h', 'th @e</w>', 'c @a', 'ca @t</w>'] };
['<unk>', 't', '@h', '@e</w>', 'th', 'the</w>', 'c', '@a', 'ca', '@t</w>', 'cat</w>', 'a</w>', '@e', '@t'].forEach((p, i) => (charBpe.vocab[p] = i));

const bert = { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true };
const meta = (prepend_scheme, split = true) => ({ type: 'Metaspace', replacement: '\u2581', prepend_scheme, split });
const added = [['<mask>', 1, 0, 1, 0, 0], ['the', 0, 1, 0, 0, 1], ['</s>', 1, 0, 1, 1, 0], ['and', 0, 0, 0, 1, 1]].map(([content, special, single_word, lstrip, rstrip, normalized], i) =>
  ({ id: 257 + i, content, special: !!special, single_word: !!single_word, lstrip: !!lstrip, rstrip: !!rstrip, normalized: !!normalized }));
const roberta = { type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 1], trim_offsets: true, add_prefix_space: false };
const template = { type: 'TemplateProcessing', single: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '[SEP]', type_id: 0 } }],
  pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }], special_tokens: { '[CLS]': { id: '[CLS]', ids: [1], tokens: ['[CLS]'] }, '[SEP]': { id: '[SEP]', ids: [2], tokens: ['[SEP]'] } } };

const split = (pattern, behavior, invert) => ({ type: 'Split', pattern, behavior, invert });
const all = {
  bert: { normalizer: bert, pre_tokenizer: { type: 'BertPreTokenizer' }, model: wordPiece, post_processor: template },
  bert_processing: { normalizer: { ...bert, lowercase: false }, pre_tokenizer: { type: 'BertPreTokenizer' }, model: wordPiece, post_processor: { type: 'BertProcessing', sep: ['[SEP]', 2], cls: ['[CLS]', 1] } },
  gpt2: { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }, model: byteLevel, post_processor: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true } },
  roberta: { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true }, model: byteLevel, post_processor: roberta },
  trim_prefix: { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true }, model: byteLevel, post_processor: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true } },
  llama3: { pre_tokenizer: { type: 'Sequence', pretokenizers: [split({ Regex: "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+" }, 'Isolated', false), { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false }] }, model: { ...byteLevel, ignore_merges: true }, post_processor: { type: 'Sequence', processors: [{ type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true }, template] } },
  llama2: { normalizer: { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '\u2581' }, { type: 'Replace', pattern: { String: ' ' }, content: '\u2581' }] }, model: spell, added_tokens: added },
  t5: { pre_tokenizer: meta('always'), model: unigram },
  unigram_bytes: { pre_tokenizer: meta('first'), model: { ...unigram, byte_fallback: true, vocab: [...unigram.vocab, ...Object.keys(bytes).map((b) => [b, -20])] } },
  xlnet: { normalizer: { type: 'Sequence', normalizers: [{ type: 'Precompiled', precompiled_charsmap: charsmap() }, { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }] }, pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, meta('always')] }, model: unigram },
  metaspace_never: { pre_tokenizer: meta('never', false), model: spell },
  char_bpe: { pre_tokenizer: { type: 'WhitespaceSplit' }, model: charBpe },
  added: { normalizer: { type: 'Sequence', normalizers: [{ type: 'NFD' }, { type: 'Lowercase' }] }, pre_tokenizer: { type: 'Whitespace' }, model: spell, added_tokens: added },
  added_first: { pre_tokenizer: meta('first'), model: spell, added_tokens: added },
  nfc: { normalizer: { type: 'NFC' }, model: spell },
  nfd: { normalizer: { type: 'NFD' }, model: spell },
  nfkc: { normalizer: { type: 'NFKC' }, model: spell },
  nfkd: { normalizer: { type: 'NFKD' }, model: spell },
  nmt: { normalizer: { type: 'Nmt' }, model: spell },
  byte_normalizer: { normalizer: { type: 'ByteLevel' }, model: byteLevel },
  accents: { normalizer: { type: 'Sequence', normalizers: [{ type: 'NFKD' }, { type: 'StripAccents' }, { type: 'Strip', strip_left: true, strip_right: true }] }, model: spell },
  replace: { normalizer: { type: 'Sequence', normalizers: [{ type: 'Replace', pattern: { Regex: '\\s+|\\d+' }, content: '\u00e9_' }, { type: 'Replace', pattern: { String: 'a' }, content: '' }] }, model: spell },
  whitespace: { pre_tokenizer: { type: 'Whitespace' }, model: word },
  punctuation: { pre_tokenizer: { type: 'Punctuation', behavior: 'MergedWithNext' }, model: word },
  digits: { pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: false }, { type: 'CharDelimiterSplit', delimiter: 'a' }] }, model: word },
  digits_each: { pre_tokenizer: { type: 'Digits', individual_digits: true }, model: word },
  scripts: { pre_tokenizer: { type: 'UnicodeScripts' }, model: word },
  fixed: { pre_tokenizer: { type: 'FixedLength', length: 3 }, model: word },
};
for (const behavior of ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous']) {
  all[`split_${behavior}`] = { pre_tokenizer: split({ Regex: '\\s|[a-c]|\\p{Han}' }, behavior, false), model: word };
  all[`invert_${behavior}`] = { pre_tokenizer: split({ String: 'e' }, behavior, true), model: word };
}

const golden = { texts, tokenizers: {} };
for (const [name, parts] of Object.entries(all)) {
  const json = { version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, ...parts };
  writeFileSync(join(out, `${name}.json`), JSON.stringify(json) + '\n');
  const oracle = Tokenizer.fromString(JSON.stringify(json));
  golden.tokenizers[name] = [];
  for (const text of texts) {
    const starts = [0];
    for (const c of text) starts.push(starts.at(-1) + Buffer.byteLength(c));
    const encoding = await oracle.encode(text);
    const spans = encoding.getOffsets();
    golden.tokenizers[name].push(encoding.getIds().flatMap((id, i) => [id, starts[spans[i][0]], starts[spans[i][1]]]));
  }
}
writeFileSync(join(out, 'golden.json'), JSON.stringify(golden).replaceAll('"],', '"],\n').replaceAll(']],', ']],\n') + '\n');
