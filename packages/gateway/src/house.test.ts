import assert from "node:assert/strict"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { globSync, readFileSync } from "node:fs"
import { text } from "node:stream/consumers"
import { test } from "node:test"

const PACKAGES = new URL("../../", import.meta.url).pathname
const SOURCES = globSync("*/src/**/*.ts", { cwd: PACKAGES }).filter(
  (file) => !/\.test\.ts$|\/testing\/|\.contract\.ts$/.test(file),
)

/** What the sources of a package must not contain, and ways to write it. */
const FORBIDDEN: Readonly<Record<string, readonly [RegExp, ...string[]]>> = {
  "code from a text": [
    /\beval\b|\bFunction\s*\(|\.constructor\s*\(|\bset(?:Timeout|Interval)\s*\(\s*["'`]/,
    'eval("1")',
    'globalThis.eval("1")',
    '(0, eval)("1")',
    'new Function("return 1")',
    'Function("return 1")',
    'run.constructor("return 1")',
    'setTimeout("run()", 1)',
    "new Worker(text, { eval: true })",
  ],
  "a module that is chosen at run time": [
    /\brequire\s*\(|\bcreateRequire\b|\bimport\s*\(\s*[^\s"']/,
    "require(name)",
    "createRequire(import.meta.url)",
    "await import(name)",
    "await import(`./${name}.ts`)",
  ],
  "another program, or what lies under Node": [
    /child_process|["'](?:node:)?vm["']|process\s*\.\s*(?:binding|dlopen)/,
    'import { spawn } from "node:child_process"',
    'process.getBuiltinModule("child_process")',
    'import vm from "node:vm"',
    'process.binding("fs")',
  ],
}

/**
 * The two that are allowed, and their only calls: no outsider can choose what they run. A checkout builds the page of
 * the phones by Node with a file of its own; the published simulator has it built, and a gateway without `--simulator` has
 * no phones. And `serve` asks for the collector by the one word that Node gives no other way to.
 */
const ALLOWED: Readonly<Record<string, readonly [name: string, call: string]>> = {
  "simulator/src/phones/build-page.ts: child_process": [
    "execFile",
    "promisify(execFile)(process.execPath, [BUILD_SCRIPT])",
  ],
  'cli/src/serve/tidy-when-idle.ts: "node:vm"': ["runInNewContext", 'runInNewContext("gc")'],
}

for (const [what, [pattern, ...examples]] of Object.entries(FORBIDDEN)) {
  // proves row 60: code from texts, other programs
  test(`row 60: the sources hold no way to ${what}, and this would find one`, () => {
    for (const example of examples) assert.match(example, pattern)
    assert.ok(SOURCES.length > 400, `${SOURCES.length} files`)
    const found = SOURCES.flatMap((file) => {
      const way = pattern.exec(readFileSync(PACKAGES + file, "utf8"))
      return way === null ? [] : [`${file}: ${way[0]}`]
    })
    const allowed = Object.keys(ALLOWED).filter((way) => pattern.test(way))
    assert.deepEqual(found.toSorted(), allowed.toSorted())
  })
}

// proves row 60: code from texts, other programs
test("row 60: what is let pass runs nothing that anybody could choose", () => {
  for (const [way, [name, call]] of Object.entries(ALLOWED)) {
    const source = readFileSync(PACKAGES + way.slice(0, way.indexOf(":")), "utf8")
    assert.ok(source.includes(call), call)
    assert.equal(source.split(name).length - 1, 2, "an import and a call")
  }
})

// Node's --disallow-code-generation-from-strings cannot be used: fastify's router, find-my-way, makes the comparison of
// each path with `new Function` and has no other way. So the rule of that flag is laid down for everybody else.
// proves row 60: code from texts, other programs
test("row 60: a gateway that may not make code from texts delivers; only the router of its web server needs to", () => {
  const child = new URL("doors/http/testing/children/without-code-from-texts.ts", import.meta.url).pathname
  const flags = ["--disable-warning=ExperimentalWarning", "--conditions=wecom-push-source"]
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, child], { encoding: "utf8" })
  assert.equal(status, 0, stderr)
  assert.deepEqual(JSON.parse(stdout), {
    // eval, Function, the constructors of functions, async functions and generators
    refusedToOurselves: 6,
    allowed: ["find-my-way"],
    // It asks whether it may, and does without.
    refused: ["zod"],
    shown: "without code from texts",
  })
})

// Row 21 asks for the server's suite without `__proto__`; these two files go through the door and all the way to a phone.
// proves row 21: prototypes
test("row 21: in a process without __proto__ the gateway takes, refuses and delivers as ever", async (t) => {
  const files = ["doors/http/accept.test.ts", "doors/http/whole-way.test.ts"].map(
    (file) => new URL(file, import.meta.url).pathname,
  )
  const flags = ["--disable-proto=throw", "--conditions=wecom-push-source", "--test", "--test-reporter=tap"]
  // Or the inner runner would report to the outer one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  // Waited for without standing still: the runner takes a file that says nothing for one that is stuck.
  const child = spawn(process.execPath, [...flags, ...files], { env, stdio: ["ignore", "pipe", "inherit"] })
  t.after(() => child.kill())
  const [stdout, [status]] = await Promise.all([text(child.stdout), once(child, "close")])
  assert.equal(status, 0, stdout)
  const passed = Number(/^# pass (\d+)$/m.exec(stdout)?.[1])
  assert.ok(passed >= 35, `${passed} passed`)
})
