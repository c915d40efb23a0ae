// Reads a table that somebody chose, XLSX or CSV, into rows of text. The readers are fetched when they are needed; a CSV
// of a Chinese office is in UTF-8 or in GB 18030.

/** Not a table that can be read. */
export class NotATable extends Error {}

const BYTES_MAX = 10_000_000;
const ZIP = 0x04034b50;
/** The beginning of an XLS file, which nobody should have to read any more. */
const OLD = 0xe011cfd0;

export async function readTable(file: File): Promise<string[][]> {
  if (file.size > BYTES_MAX) throw new NotATable('too large');
  const bytes = await file.arrayBuffer();
  const magic = bytes.byteLength < 4 ? 0 : new DataView(bytes).getUint32(0, true);
  if (magic === OLD) throw new NotATable('old');
  try {
    return magic === ZIP ? await xlsx(bytes) : await csv(bytes);
  } catch (error) {
    throw new NotATable('unreadable', { cause: error });
  }
}

/** A table that goes on as it is; a CSV of a Chinese office in UTF-8. */
export async function tableBytes(file: File): Promise<ArrayBuffer> {
  const bytes = await file.arrayBuffer();
  const magic = bytes.byteLength < 4 ? 0 : new DataView(bytes).getUint32(0, true);
  return magic === ZIP || magic === OLD ? bytes : new TextEncoder().encode(decoded(bytes)).buffer;
}

async function xlsx(bytes: ArrayBuffer): Promise<string[][]> {
  const { readSheet } = await import('read-excel-file/universal');
  const rows = await readSheet(new Blob([bytes]), 1);
  return rows.map((row) => row.map((cell) => (cell === null ? '' : cell instanceof Date ? day(cell) : String(cell))));
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

async function csv(bytes: ArrayBuffer): Promise<string[][]> {
  const { parse } = (await import('papaparse')).default;
  return parse<string[]>(decoded(bytes), { skipEmptyLines: false }).data;
}

function decoded(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('gb18030').decode(bytes);
  }
}
