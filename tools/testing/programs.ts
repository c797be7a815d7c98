import { spawnSync } from "node:child_process"
import { accessSync, constants, globSync, statSync } from "node:fs"
import { delimiter, join } from "node:path"

/**
 * Programs that tests start and that neither every system nor `npm ci` has. If one is missing, all other tests run, and the end
 * of the run says how many tests were left out and how to install it. No other module searches for such a program, and
 * `.ci/run` installs the programs of tests and checks: `tools/programs.test.ts` checks both.
 */
export const PROGRAMS = {
  promtool: { files: ["promtool"], debian: "prometheus", macos: "prometheus" },
  alertmanager: {
    files: ["prometheus-alertmanager", "alertmanager"],
    isOneEnough: true,
    debian: "prometheus-alertmanager",
    macos: "alertmanager",
  },
  haproxy: { files: ["haproxy"], version: "-v", debian: "haproxy", macos: "haproxy" },
  nginx: { files: ["nginx"], version: "-v", debian: "nginx", macos: "nginx" },
  caddy: { files: ["caddy"], version: "version", debian: "caddy", macos: "caddy" },
  pgbouncer: { files: ["pgbouncer"], debian: "pgbouncer", macos: "pgbouncer" },
  radosgw: { files: ["radosgw", "radosgw-admin"], debian: "radosgw" },
  // npm's PostgreSQL has only the server's own tools, and pg_dump cannot copy a server that is newer than itself.
  postgresql: {
    files: ["initdb", "postgres", "pg_isready", "createdb", "dropdb", "pg_dump", "pg_restore"],
    folders: ["/usr/lib/postgresql/*/bin"],
    debian: "postgresql",
    macos: "postgresql",
  },
  strace: { files: ["strace"], debian: "strace" },
  gcc: { files: ["gcc"], debian: "gcc libc6-dev" },
  unshare: { files: ["unshare"], debian: "util-linux mount" },
  git: { files: ["git"], debian: "git", macos: "git" },
  curl: { files: ["curl"], debian: "curl", macos: "curl" },
  apprise: { files: ["apprise"], debian: "apprise", macos: "apprise" },
  ntfy: { files: ["ntfy"], debian: "ntfy", version: "--help", macos: "ntfy" },
  go: { files: ["go"], version: "version", debian: "golang-go", macos: "go" },
  python3: { files: ["python3"], debian: "python3", macos: "python" },
  chromium: {
    files: ["chromium", "chromium-browser", "google-chrome"],
    isOneEnough: true,
    npmHasItFor: "linux-x64",
    debian: "chromium",
    macos: "chromium",
  },
  mmdebstrap: { files: ["mmdebstrap"], debian: "mmdebstrap" },
  buildah: { files: ["buildah"], debian: "buildah netavark" },
  podman: { files: ["podman"], debian: "podman" },
  runc: { files: ["runc"], debian: "runc" },
  "qemu-aarch64": { files: ["qemu-aarch64"], debian: "qemu-user" },
  "redis-server": { files: ["redis-server"], isForBench: true, debian: "redis-server", macos: "redis" },
} as const satisfies Readonly<Record<string, Program>>

export type ProgramName = keyof typeof PROGRAMS

export interface Program {
  /** The files of the program: all are needed, from one folder, unless `isOneEnough`. */
  readonly files: readonly string[]
  readonly isOneEnough?: true
  /** The argument with which it prints its version, unless that is `--version`. */
  readonly version?: string
  /** Patterns of folders that are searched before all others, those of the highest version first. */
  readonly folders?: readonly string[]
  /** Platform and architecture for which an npm package contains it, which is used if it is not installed otherwise. */
  readonly npmHasItFor?: string
  /** Only `npm run bench` uses it, for comparison. */
  readonly isForBench?: true
  /** The Debian packages. */
  readonly debian: string
  /** The Homebrew package, if there is one. */
  readonly macos?: string
}

/** The path of a file of a program, the first unless one is named; undefined where the program is not installed. */
export function findProgram(name: ProgramName, file?: string): string | undefined {
  const { files, isOneEnough }: Program = PROGRAMS[name]
  for (const folder of foldersOf(name)) {
    const there = files.filter((each) => canBeRun(join(folder, each)))
    if (there.length === files.length || (isOneEnough && there.length > 0)) return join(folder, file ?? there[0] ?? "")
  }
  return undefined
}

/** As `findProgram`, for callers that have called `without` before. */
export function pathOf(name: ProgramName, file?: string): string {
  const path = findProgram(name, file)
  if (path === undefined) throw new Error(`this ${needs(name)}`)
  return path
}

/**
 * The reason why a test cannot use a program here, for `skip`; false when it can.
 * @param trial arguments with which the program exits with 0 where it is allowed to do what the test needs
 */
export function without(name: ProgramName, ...trial: readonly string[]): string | false {
  if (isOfNpm(name)) return false
  const { version = "--version" }: Program = PROGRAMS[name]
  const path = findProgram(name)
  // A program without its libraries, or for another processor, cannot print its version.
  if (path === undefined || !endsWell(path, [version])) return needs(name)
  if (trial.length === 0 || endsWell(path, trial)) return false
  return `needs ${name} (it is installed, and may not do here what the test asks of it)`
}

/** Whether `npm ci` has installed it here. */
export function isOfNpm(name: ProgramName): boolean {
  const { npmHasItFor }: Program = PROGRAMS[name]
  return npmHasItFor === `${process.platform}-${process.arch}`
}

/** Whether a test was left out because a program is missing. */
export function isForWantOfProgram(reason: string): boolean {
  const [, name = ""] = /^needs (\S+) \(/.exec(reason) ?? []
  return Object.hasOwn(PROGRAMS, name)
}

/** The same sentence for all tests of a program: the end of a run counts the tests with the same reason. */
export function needs(name: ProgramName): string {
  const { debian, macos }: Program = PROGRAMS[name]
  return `needs ${name} (Debian: apt-get install ${debian}${macos === undefined ? "" : `; macOS: brew install ${macos}`})`
}

/** Folders in which Debian has servers and administration tools, but which are not in the `PATH` of users other than root. */
export const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/local/sbin", "/sbin"]

function foldersOf(name: ProgramName): readonly string[] {
  const { folders = [] }: Program = PROGRAMS[name]
  const own = folders.flatMap((pattern) => globSync(pattern).toSorted(byVersion))
  const inPath = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "")
  return [...own, ...inPath, ...SYSTEM_FOLDERS]
}

function endsWell(path: string, words: readonly string[]): boolean {
  return spawnSync(path, words, { stdio: "ignore" }).status === 0
}

function byVersion(one: string, other: string): number {
  return other.localeCompare(one, "en", { numeric: true })
}

function canBeRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
