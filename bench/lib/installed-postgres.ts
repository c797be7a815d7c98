// To be imported before the servers of the tests, which then use the programs of the installed PostgreSQL, because that has
// pg_dump and similar tools.
import { dirname } from "node:path"
import { findProgram } from "../../tools/testing/programs.ts"

const postgres = findProgram("postgresql", "postgres")
export const installedPrograms = process.env["WECOM_PUSH_TEST_POSTGRES_PROGRAMS"] ?? (postgres && dirname(postgres))
if (installedPrograms !== undefined) process.env["WECOM_PUSH_TEST_POSTGRES_PROGRAMS"] = installedPrograms
