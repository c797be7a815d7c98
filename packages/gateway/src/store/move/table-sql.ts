import type { InStore, MovedTable } from "./moved-tables.ts"

/** The prefix of the key's columns in a read row. */
export const LAST = "key_"

export function tableName({ name }: MovedTable, inStore: InStore | undefined): string {
  return inStore?.table ?? name
}

export function readColumns(table: MovedTable, inStore: InStore | undefined): string {
  const { columns } = table
  const name = tableName(table, inStore)
  return Object.keys(columns)
    .map((column) => {
      const read = inStore?.read?.[column]
      return read === undefined ? `${name}.${column}` : `${read} as ${column}`
    })
    .join(", ")
}

export function inMessages(where: string, schema: string): string {
  return where.replaceAll("{schema}", schema)
}
