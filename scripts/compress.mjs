// Writes .br and .gz files beside the text and WASM files of a built folder, so that the server sends them as they are.
// Usage: node scripts/compress.mjs FOLDER
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const compressible = /\.(?:css|html|js|json|svg|txt|wasm|webmanifest)$/;
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node scripts/compress.mjs FOLDER');

const total = { plain: 0, br: 0, gz: 0 };
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !compressible.test(entry.name)) continue;
  const path = join(entry.parentPath, entry.name);
  const plain = readFileSync(path);
  const br = brotliCompressSync(plain, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  });
  const gz = gzipSync(plain, { level: constants.Z_BEST_COMPRESSION });
  writeFileSync(`${path}.br`, br);
  writeFileSync(`${path}.gz`, gz);
  total.plain += plain.length;
  total.br += br.length;
  total.gz += gz.length;
}
const kB = (bytes) => `${Math.round(bytes / 1000)} kB`;
console.log(`compress: ${kB(total.plain)} of text and WASM, ${kB(total.br)} brotli, ${kB(total.gz)} gzip`);
