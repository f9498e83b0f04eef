// What the makers of golden tokenizers share.

// The printable character that stands for each byte in byte-level vocabularies.
export const printable = (() => {
  const map = {};
  let n = 0;
  for (let b = 0; b < 256; b++) {
    const itself = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
    map[b] = String.fromCodePoint(itself ? b : 256 + n++);
  }
  return map;
})();
// A double array of four replacements: a -> b, \u00e9 -> "e", \u3000 -> " ", x -> nothing. Laid out by hand:
// unit 0 is the root, a child of a node at offset o with label l is unit o ^ l.
export function charsmap() {
  const units = new Uint32Array(5 * 256);
  let next = 256; // a block for each node that has children
  let leaf = 1; // a unit for each that has none
  const text = ['b\0', 'e\0', ' \0', '\0'];
  const trie = { children: {} };
  ['a', '\u00e9', '\u3000', 'x'].forEach((key, i) => {
    let node = trie;
    for (const byte of Buffer.from(key)) node = node.children[byte] ??= { children: {} };
    node.value = text.slice(0, i).join('').length;
  });
  const place = (node, at) => {
    const inner = Object.keys(node.children).length > 0;
    const offset = inner ? next : leaf++;
    next += inner ? 256 : 0;
    units[at] |= ((at ^ offset) << 10) | (node.value !== undefined ? 256 : 0);
    if (node.value !== undefined) units[offset] = (node.value | 0x80000000) >>> 0;
    for (const [byte, child] of Object.entries(node.children)) {
      units[offset ^ byte] |= Number(byte);
      place(child, offset ^ byte);
    }
  };
  place(trie, 0);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(units.length * 4);
  return Buffer.concat([head, Buffer.from(units.buffer), Buffer.from(text.join(''))]).toString('base64');
}
