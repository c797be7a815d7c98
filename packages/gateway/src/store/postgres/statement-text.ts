import { escapeLiteral } from "pg"
import type { RawBuilder } from "kysely"
import type { Database } from "./connection.ts"

/** A statement with its parameters as literals: the server takes several statements at once only without parameters. */
export function statementText(db: Database, statement: RawBuilder<unknown>): string {
  const { sql, parameters } = statement.compile(db)
  return sql.replaceAll(/\$(\d+)/g, (_, number) => escapeLiteral(String(parameters[Number(number) - 1])))
}
