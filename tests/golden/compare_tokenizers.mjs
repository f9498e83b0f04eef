// Compare our tokenizers with Hugging Face's own, piece by piece: ids and byte offsets.
//
//   node compare_tokenizers.mjs TOKENIZE TEXT TOKENIZER.json|FOLDER...
//
// Of a FOLDER its tokenizer.json; where it has none, its other files are compared with what FOLDER.json
// gives (tests/golden/tokenizer-classes).
//
// TOKENIZE is the program built from tests/bench/tokenizer, TEXT what make_mixed_text.py wrote. The
// oracle is the npm package @anush008/tokenizers (Hugging Face's tokenizers 0.22, native), found from
// the working folder: npm install --no-save @anush008/tokenizers@0.6.0
// Prints a row of a table for each tokenizer and the first differences to stderr; exit status 1 if
// there are any.
import { createRequire } from 'node:module';
import { existsSync, readFileSync, statSync, mkdtempSync, openSync, closeSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

const require = createRequire(join(process.cwd(), 'package.json'));
const { Tokenizer } = require('@anush008/tokenizers');
const [tokenize, textPath, ...models] = process.argv.slice(2);
if (!models.length) {
  console.error('usage: compare_tokenizers.mjs TOKENIZE TEXT TOKENIZER.json|FOLDER...');
  process.exit(2);
}
const SHOWN = Number(process.env.SHOWN ?? 5);

// Bytes as text, with the byte offset of each code point; ill-formed sequences are replaced one
// U+FFFD per maximal subpart, as the WHATWG decoder does.
function decode(bytes) {
  const starts = [];
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes[i];
    let length = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3
      : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
    let low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    let high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    let n = 1;
    for (; n < length && i + n < bytes.length && bytes[i + n] >= low && bytes[i + n] <= high; n++) {
      low = 0x80;
      high = 0xbf;
    }
    starts.push(i);
    text += length && n === length ? bytes.toString('utf8', i, i + n) : '\ufffd';
    i += n;
  }
  starts.push(bytes.length);
  return { text, starts };
}

const records = [];
const file = readFileSync(textPath);
for (let at = 0; at < file.length; ) {
  const end = file.indexOf(0, at);
  records.push(file.subarray(at, end));
  at = end + 1;
}
const decoded = records.map(decode);

function ours(path) {
  const folder = mkdtempSync(join(tmpdir(), 'compare-'));
  const out = openSync(join(folder, 'out'), 'w');
  const run = spawnSync(tokenize, [path, textPath], { stdio: ['ignore', out, 'pipe'] });
  closeSync(out);
  const words = readFileSync(join(folder, 'out'));
  rmSync(folder, { recursive: true });
  if (run.status !== 0) throw new Error(String(run.stderr).trim());
  return new Uint32Array(words.buffer, words.byteOffset, words.length / 4);
}

async function compare(model) {
  const inside = join(model, 'tokenizer.json');
  const path = !statSync(model).isDirectory() ? model : existsSync(inside) ? inside : `${model}.json`;
  const json = JSON.parse(readFileSync(path, 'utf8'));
  json.truncation = json.padding = null;
  const oracle = Tokenizer.fromString(JSON.stringify(json));
  const words = ours(existsSync(inside) ? inside : model);
  let at = 0, idDifferences = 0, offsetDifferences = 0, pieces = 0;
  for (let r = 0; r < records.length; r++) {
    const { text, starts } = decoded[r];
    const encoding = await oracle.encode(text);
    const ids = encoding.getIds();
    const spans = encoding.getOffsets();
    const n = words[at++];
    pieces += n;
    let wrongId = n !== ids.length, wrongOffset = false, first = -1;
    for (let i = 0; i < Math.min(n, ids.length); i++) {
      const [id, begin, end] = words.subarray(at + 3 * i, at + 3 * i + 3);
      const idSame = id === ids[i];
      const spanSame = begin === starts[spans[i][0]] && end === starts[spans[i][1]];
      if ((!idSame || !spanSame) && first < 0) first = i;
      wrongId ||= !idSame;
      wrongOffset ||= !spanSame;
    }
    if (wrongId) idDifferences++;
    else if (wrongOffset) offsetDifferences++;
    if ((wrongId || wrongOffset) && idDifferences + offsetDifferences <= SHOWN) {
      const i = Math.max(first, 0);
      const around = text.slice(Math.max(0, (spans[i]?.[0] ?? 0) - 12), (spans[i]?.[1] ?? 0) + 12);
      const show = (k, list) => list.slice(Math.max(0, k - 1), k + 3).join(' ');
      const mine = [...Array(n).keys()].map((k) => words.subarray(at + 3 * k, at + 3 * k + 3).join(':'));
      const theirs = ids.map((id, k) => `${id}:${starts[spans[k][0]]}:${starts[spans[k][1]]}`);
      console.error(`${model}: record ${r}, piece ${i}: ours ${show(i, mine)}, theirs ${show(i, theirs)} near ${JSON.stringify(around)}`);
    }
    at += 3 * n;
  }
  console.log(`| ${model} | ${json.model.type} | ${file.length - records.length} | ${records.length} | ${pieces} | ${idDifferences} | ${offsetDifferences} |`);
  return idDifferences + offsetDifferences;
}

console.log('| tokenizer | model | bytes | records | pieces | records whose ids differ | whose offsets alone differ |');
console.log('|---|---|---|---|---|---|---|');
let bad = 0;
for (const model of models) {
  try {
    bad += await compare(model);
  } catch (error) {
    bad++;
    console.log(`| ${model} | failed: ${error.message} |`);
  }
}
process.exit(bad ? 1 : 0);
