import assert from "node:assert/strict"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { createServer, type AddressInfo } from "node:net"
import { once } from "node:events"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { mock, test } from "node:test"
import { createProcesses, portsFree } from "./processes.ts"
import { createReport } from "./report.ts"

/** Processes in a folder of their own. */
async function fixture() {
  await using made = new AsyncDisposableStack()
  const cwd = await mkdtemp(join(tmpdir(), "first-use-test-"))
  made.defer(() => rm(cwd, { recursive: true, force: true }))
  const processes = made.use(createProcesses(cwd))
  const kept = made.move()
  const where = { cwd, env: { PATH: process.env["PATH"] ?? "" } }
  return { processes, where, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

// proves 10.2: the first use
test("whatever a program has started is ended with it, also what it left behind when it ended", async () => {
  await using given = await fixture()
  const { processes, where } = given
  await processes.run("(sleep 1000 & echo $! >left)", where)
  await processes.run("true", where)
  const program = processes.start("sleep 1000 & echo $! >own; wait", where)
  while ((await readFile(join(where.cwd, "own"), "utf8").catch(() => "")) === "");
  await program.kill()
  for (const file of ["left", "own"]) {
    const pid = (await readFile(join(where.cwd, file), "utf8")).trim()
    while (await lives(pid));
  }
})

async function lives(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")
  // A process whose exit code was not collected yet has ended too.
  return stat !== "" && !/\) [ZX] /.test(stat)
}

test("what a command exports the commands after it see, in the same terminal", async () => {
  await using given = await fixture()
  await using terminal = given.processes.openTerminal(given.where)
  await terminal.type("export WORD=你好")
  assert.equal(await terminal.type('echo "$WORD" | cat'), "你好\n")
})

test("a command that exits other than 0 is a failure that tells its exit code and last lines", async () => {
  await using given = await fixture()
  await assert.rejects(given.processes.run("seq 100; echo no such app >&2; (exit 2)", given.where), {
    message: new RegExp(`^exit 2\n[\\s\\S]*\n100\nno such app$`),
  })
})

test("a command that ends its shell is a failure, too", async () => {
  await using given = await fixture()
  await assert.rejects(given.processes.run("exit 0", given.where), /ended its shell/)
})

// proves 10.2: the first use
test("a program that ends before it answers is a failure, and its output is reported", async () => {
  await using given = await fixture()
  const { processes, where } = given
  const report = createReport({ processes, counts: true, ending: new AbortController().signal })
  const lines = mock.method(console, "log", () => {})
  try {
    await report.step("start", async () => {
      await using program = processes.start("echo the database is locked >&2", where)
      await program.answers("http://127.0.0.1:9/")
    })
  } finally {
    lines.mock.restore()
  }
  const told = lines.mock.calls.map(({ arguments: [line] }) => String(line)).join("\n")
  assert.match(told, /^FAILS +\d+\.\d s {2}start\n {6}\| .*: ended before http:\/\/127\.0\.0\.1:9\/ answered\n/)
  assert.match(told, /the database is locked/)
  assert.equal(report.hasFailed, true)
})

test("a failure that is only reported fails nothing", async () => {
  await using given = await fixture()
  const report = createReport({ processes: given.processes, counts: false, ending: new AbortController().signal })
  const lines = mock.method(console, "log", () => {})
  try {
    assert.equal(await report.step("newest", () => Promise.reject(new Error("no"))), undefined)
  } finally {
    lines.mock.restore()
  }
  assert.equal(report.hasFailed, false)
  assert.deepEqual(report.failed, ["newest"])
  assert.match(String(lines.mock.calls[0]?.arguments), /^fails, only told: /)
})

test("a port in use is named, with what to do", async () => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  try {
    await assert.rejects(portsFree([port], 0), new RegExp(`port ${port} is taken: end what listens there`))
  } finally {
    server.close()
  }
  await portsFree([port])
})
