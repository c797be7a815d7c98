import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { globSync, readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { test } from "node:test"
import { askingForPrograms } from "./testing/asking-for-programs.ts"
import { bareMachine } from "./testing/bare-machine.ts"
import { findProgram, isOfNpm, needs, PROGRAMS, without } from "./testing/programs.ts"
import type { Program, ProgramName } from "./testing/programs.ts"

const root = join(import.meta.dirname, "..")
const programs = Object.entries(PROGRAMS) as [ProgramName, Program][]

/** Programs of every system on which Node and its packages run, and our own command, which npm installs. */
const EVERYWHERE: ReadonlySet<string> = new Set([
  "bash",
  "chmod",
  "cp",
  "mkfifo",
  "npm",
  "ps",
  "sh",
  "tar",
  "wecom-push",
])
/** The files of all optional programs, without `postgres`, which is also the name of a database. */
const OPTIONAL = new Set<string>(programs.flatMap(([, { files }]) => files)).difference(new Set(["postgres"]))

/** Programs that a source starts without a search for their path. */
function startedUnasked(source: string): readonly string[] {
  const run = source.includes("= promisify(execFile)") ? "|run" : ""
  const start = String.raw`\b(?:spawn|execFile${run})(?:Sync)?\)?\(\s*`
  const called = source.matchAll(new RegExp(`${start}["'\`]([^"'\`$\\s]+)["'\`]`, "g"))
  const listed = source.matchAll(/\[\s*["'`]([^"'`]+)["'`]/g)
  const placed = source.matchAll(/["'`](\/(?:usr|opt|bin|sbin)\/[^"'`]+)["'`]/g)
  return [
    ...namesIn(called).filter((name) => !EVERYWHERE.has(name)),
    ...namesIn(listed).filter((name) => OPTIONAL.has(name)),
    ...namesIn(placed).filter((path) => /\/s?bin\/|\/lib\/postgresql/.test(path)),
  ]
}

function namesIn(matches: Iterable<RegExpMatchArray>): string[] {
  return [...matches].map(([, name = ""]) => name)
}

// proves 28.bare: programs that are missing
test("no test, drill or check starts a program that may be missing but by tools/testing/programs.ts, and this would find one that does", () => {
  assert.deepEqual(startedUnasked('spawn("haproxy", [])'), ["haproxy"])
  assert.deepEqual(startedUnasked(`const run = promisify(execFile); run("tar"); promisify(execFile)("some-tool")`), [
    "some-tool",
  ])
  assert.deepEqual(startedUnasked('under: ["strace", "-f"]'), ["strace"])
  assert.deepEqual(startedUnasked('const PROGRAM = "/usr/sbin/pgbouncer"'), ["/usr/sbin/pgbouncer"])
  assert.deepEqual(
    startedUnasked('spawn(pathOf("haproxy"), []); without("strace", "-D"); execFileSync("sh", ["-c"])'),
    [],
  )

  const files = globSync("{packages,chaos,clients,deploy,examples,tools,bench}/**/*.{ts,js}", {
    cwd: root,
    exclude: ["**/node_modules/**", "**/dist/**", "**/build/**"],
  })
  const own = new Set(["tools/testing/programs.ts", "tools/programs.test.ts"])
  const found = files
    .filter((path) => !own.has(path))
    .flatMap((path) => startedUnasked(readFileSync(join(root, path), "utf8")).map((name) => `${path}: ${name}`))
  assert.ok(files.length > 500)
  assert.deepEqual(found, [])
})

// proves 28.bare: programs that are missing
test("where none of them is installed each is reported with what installs it, and CI installs those that tests and drills need", () => {
  using machine = bareMachine()
  const { stdout } = spawnSync(process.execPath, ["tools/missing-packages.ts"], {
    cwd: root,
    env: machine.env,
    encoding: "utf8",
  })
  const expected = programs.flatMap(([name, { debian, isForBench }]) =>
    isForBench || isOfNpm(name) ? [] : debian.split(" "),
  )
  assert.deepEqual(stdout.trim().split(" "), expected)

  const ci = readFileSync(join(root, ".ci/run"), "utf8")
  assert.match(ci, /^packages=\$\(node_modules\/\.bin\/node tools\/missing-packages\.ts\)$/m)
  assert.match(ci, /^ {2}apt-get install .*"\$\{missing\[@\]\}"$/m)
  assert.match(ci, /^steps .*\btest:all\b/m)
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>
  }
  assert.equal(scripts["test:all"], `${scripts["test"]} --all --every-program --postgres installed --again 3`)
})

test("a machine without optional programs has npm's PostgreSQL, whichever the tests' servers are otherwise", (t) => {
  const before = process.env["WECOM_PUSH_TEST_POSTGRES_PROGRAMS"]
  t.after(() => {
    if (before === undefined) delete process.env["WECOM_PUSH_TEST_POSTGRES_PROGRAMS"]
    else process.env["WECOM_PUSH_TEST_POSTGRES_PROGRAMS"] = before
  })
  process.env["WECOM_PUSH_TEST_POSTGRES_PROGRAMS"] = "/usr/lib/postgresql/15/bin"
  using machine = bareMachine()
  assert.equal(machine.env["WECOM_PUSH_TEST_POSTGRES_PROGRAMS"], undefined)
})

test("a program that is there and cannot be run, or may not do what is asked of it, is as good as missing", (t) => {
  using machine = bareMachine()
  const before = process.env["PATH"]
  t.after(() => (process.env["PATH"] = before))
  process.env["PATH"] = machine.env["PATH"]
  assert.equal(findProgram("git"), undefined)
  assert.equal(without("git"), needs("git"))
  assert.match(needs("git"), /^needs git \(Debian: apt-get install git; macOS: brew install git\)$/)
})

test("each optional program has a test file or a command that asks for it", () => {
  for (const { name, file } of askingForPrograms()) {
    const source = readFileSync(join(root, file), "utf8")
    const imported = [...source.matchAll(/from "(\.[^"]+\.ts)"/g)].map(([, path = ""]) =>
      readFileSync(resolve(root, dirname(file), path), "utf8"),
    )
    assert.ok([source, ...imported].join("\n").includes(`without("${name}"`), `${name}: ${file}`)
  }
})

// proves 28.bare: programs that are missing
test("a command that needs a program which is not there says what installs it", () => {
  using machine = bareMachine()
  for (const { name, file } of askingForPrograms().filter(({ isTest }) => !isTest)) {
    const words = ["--conditions=wecom-push-source", file]
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: root, env: machine.env, encoding: "utf8" })
    assert.equal(status, 1)
    assert.ok(stderr.includes(needs(name)), stderr)
  }
})
