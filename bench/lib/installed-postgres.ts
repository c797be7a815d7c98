// Imported before the servers of the tests: they take their programs from the installed PostgreSQL then, beside which there
// are pg_dump and its like.
import { dirname } from "node:path"
import { findProgram } from "../../tools/testing/programs.ts"

const postgres = findProgram("postgresql", "postgres")
export const installedPrograms = process.env["WECOM_PUSH_TEST_POSTGRES_PROGRAMS"] ?? (postgres && dirname(postgres))
if (installedPrograms !== undefined) process.env["WECOM_PUSH_TEST_POSTGRES_PROGRAMS"] = installedPrograms
