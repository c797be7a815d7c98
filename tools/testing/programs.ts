import { spawnSync } from "node:child_process"
import { accessSync, constants, globSync, statSync } from "node:fs"
import { delimiter, join } from "node:path"

/**
 * What is started beside Node, a shell and the small programs that every system has, and `npm ci` does not bring. Without
 * one of them all else is tested, and the end of a run says how many tests were left out and what installs it. Nothing
 * else looks for such a program, and `.ci/run` installs what tests and checks start: `tools/programs.test.ts`.
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
  // The PostgreSQL that npm brings has no tools but its server's, and pg_dump copies no newer server than itself.
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
  /** All of them are needed, from one folder, unless one is enough. */
  readonly files: readonly string[]
  readonly isOneEnough?: true
  /** The word with which it tells its version, unless that is `--version`. */
  readonly version?: string
  /** Patterns of folders that are looked through before all others, those of the highest version first. */
  readonly folders?: readonly string[]
  /** Platform and architecture for which a package of npm has it, which is taken where there is no other. */
  readonly npmHasItFor?: string
  /** `npm run bench` alone compares with it. */
  readonly isForBench?: true
  /** Debian's packages. */
  readonly debian: string
  /** Homebrew's package, where there is one. */
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

/** As `findProgram`, for who has asked `without` before. */
export function pathOf(name: ProgramName, file?: string): string {
  const path = findProgram(name, file)
  if (path === undefined) throw new Error(`this ${needs(name)}`)
  return path
}

/**
 * Why a test cannot have a program here, for `skip`; false when it can.
 * @param trial words with which the program ends well where it may do what the test asks of it
 */
export function without(name: ProgramName, ...trial: readonly string[]): string | false {
  if (isOfNpm(name)) return false
  const { version = "--version" }: Program = PROGRAMS[name]
  const path = findProgram(name)
  // One that lacks its libraries, or is for another processor, cannot tell its version.
  if (path === undefined || !endsWell(path, [version])) return needs(name)
  if (trial.length === 0 || endsWell(path, trial)) return false
  return `needs ${name} (it is installed, and may not do here what the test asks of it)`
}

/** Has `npm ci` brought it here? */
export function isOfNpm(name: ProgramName): boolean {
  const { npmHasItFor }: Program = PROGRAMS[name]
  return npmHasItFor === `${process.platform}-${process.arch}`
}

/** Was a test left out for want of a program? */
export function isForWantOfProgram(reason: string): boolean {
  const [, name = ""] = /^needs (\S+) \(/.exec(reason) ?? []
  return Object.hasOwn(PROGRAMS, name)
}

/** One sentence for each program: the end of a run counts the tests that were left out with the same. */
export function needs(name: ProgramName): string {
  const { debian, macos }: Program = PROGRAMS[name]
  return `needs ${name} (Debian: apt-get install ${debian}${macos === undefined ? "" : `; macOS: brew install ${macos}`})`
}

/** Debian has servers, and tools of administrators, where the `PATH` of others than root does not lead. */
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
