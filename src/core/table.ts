/** Tables of records, as data: what layout.ts is written in. */

/** One word of a record. */
export interface FieldLayout {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly doc: string;
}
/** A record. */
export interface RecordLayout {
  readonly name: string;
  readonly size: number;
  readonly doc: string;
  readonly fields: readonly FieldLayout[];
}

/** The offset of each field: one word each, in order. */
export function offsetsOf<const F extends object>(fields: F): Readonly<Record<keyof F, number>> {
  const at = {} as Record<keyof F, number>;
  (Object.keys(fields) as (keyof F)[]).forEach((name, index) => {
    at[name] = index * 4;
  });
  return at;
}

/** A record as a table. */
export function layout(
  name: string,
  size: number,
  doc: string,
  fields: Readonly<Record<string, string>>,
): RecordLayout {
  const rows = Object.entries(fields).map(([key, text], index) => ({
    name: key,
    offset: index * 4,
    size: 4,
    doc: text,
  }));
  if (rows.length * 4 > size)
    throw new RangeError(`Cannot lay out ${name}: its fields do not fit into ${size} bytes`);
  return { name, size, doc, fields: rows };
}
