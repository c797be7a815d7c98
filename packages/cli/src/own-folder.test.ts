import assert from "node:assert/strict"
import { once } from "node:events"
import {
  chmodSync,
  chownSync,
  copyFileSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { test } from "node:test"
import { folderTrouble } from "./own-folder.ts"
import { start } from "./testing/start-process.ts"
import type { Ended } from "./testing/start-process.ts"
import { startBench } from "./testing/try-command.ts"
import type { Bench } from "./testing/try-command.ts"

const isRoot = process.getuid?.() === 0
const onUnix = { skip: process.platform === "win32" ? "Windows tells no owners" : false }
const asRoot = { skip: isRoot ? false : "only root gives a file to another user" }
/** The uid of another user. */
const ANOTHER = 54_321
const SEND = ["send", "--mobile", "13800000001", "--text", "x"]

/** Another user's server, and that user's records that lead to it. */
interface Trap extends AsyncDisposable {
  readonly bench: Bench
  /** The requests that the server got. */
  readonly requests: readonly string[]
  /** Writes that user's records into the folder. */
  plant(folder: string): void
  run(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended>
}

async function trap(): Promise<Trap> {
  await using resources = new AsyncDisposableStack()
  const bench = resources.use(await startBench())
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(request.url ?? "")
    response.end('{"errcode":0,"access_token":"t","expires_in":7200,"userid":"zhangsan","msgid":"m"}')
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  resources.defer(() => void server.close())
  const base_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const records = {
    simulator: { pid: process.pid, base_url, corp_id: "ww0000000000000001", secret: "s", agentid: 1000002 },
    gateway: { pid: process.pid, base_url, key: "wp_simulator" },
  }
  const kept = resources.move()
  return {
    bench,
    requests,
    plant(folder) {
      mkdirSync(join(folder, "running"), { recursive: true })
      for (const [name, record] of Object.entries(records)) {
        writeFileSync(join(folder, "running", `${name}-1-1.json`), JSON.stringify(record))
      }
    },
    run: (argv, env) => start([...argv, "--lang", "en"], bench.folder, env).ended(),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/**
 * Makes a folder of another user that everybody can write. A test that does not run as root uses a folder of root's
 * instead.
 */
function ofAnother(path: string): void {
  if (isRoot) {
    chmodSync(path, 0o777)
    for (const one of [path, join(path, "running")]) chownSync(one, ANOTHER, ANOTHER)
  } else symlinkSync("/usr", path)
}

// proves 28.D8: a cache folder of another user
test(
  "D8: without a HOME, what another user has left in the temporary folder is not used: exit 2, and nothing goes to their server",
  onUnix,
  async () => {
    await using world = await trap()
    const { bench, requests } = world
    const folder = join(bench.folder, `wecom-push-${process.getuid?.()}`)
    if (isRoot) world.plant(folder)
    ofAnother(folder)
    const homeless = { HOME: "", XDG_CACHE_HOME: "", TMPDIR: bench.folder }
    for (const argv of [SEND, ["keys"], ["lookup", "--mobile", "13800000001"]]) {
      const { code, stderr } = await world.run(argv, homeless)
      assert.equal(code, 2, stderr)
      assert.match(stderr, new RegExp(`XDG_CACHE_HOME: the folder ${folder} belongs to another user`))
      assert.match(stderr, /Delete it, or set XDG_CACHE_HOME/)
    }
    assert.deepEqual(requests, [])
  },
)

// proves 28.D8: a cache folder of another user
test("D8: a cache folder that others can write is not used, wherever it is", onUnix, async () => {
  await using world = await trap()
  const cache = join(world.bench.folder, "cache")
  world.plant(join(cache, "wecom-push"))
  chmodSync(join(cache, "wecom-push"), 0o770)
  const { code, stderr } = await world.run(SEND, { XDG_CACHE_HOME: cache })
  assert.equal(code, 2, stderr)
  assert.match(stderr, /other users can write in the folder .*cache\/wecom-push.*chmod 700/)
  assert.deepEqual(world.requests, [])
  chmodSync(join(cache, "wecom-push"), 0o700)
  await world.run(SEND, { XDG_CACHE_HOME: cache })
  assert.notEqual(world.requests.length, 0)
})

// proves 28.D8: a cache folder of another user
test(
  "D8: what is configured is sent without the cache, which is said; a simulator is not recorded there",
  onUnix,
  async () => {
    await using world = await trap()
    const { bench } = world
    const cache = join(bench.folder, "cache")
    mkdirSync(join(cache, "wecom-push"), { recursive: true })
    chmodSync(join(cache, "wecom-push"), 0o777)
    const sent = await world.run(SEND, { ...bench.env, XDG_CACHE_HOME: cache })
    assert.equal(sent.code, 0, sent.stderr)
    assert.match(sent.stderr, /other users can write in the folder/)
    assert.equal((await bench.shown()).length, 1)
    await using simulator = start(["simulate", "--port", "0", "--lang", "en"], bench.folder, { XDG_CACHE_HOME: cache })
    await simulator.says(/other users can write in the folder/)
    await simulator.says(/export WECOM_AGENT_ID/)
    simulator.child.kill("SIGTERM")
    await simulator.ended()
    assert.deepEqual(
      readdirSync(cache, { recursive: true }).filter((name) => String(name).endsWith(".json")),
      [],
    )
  },
)

// proves 28.D8: a cache folder of another user
test(
  "D8: a link that another user made, and a record of theirs in a folder of ours, count for nothing",
  asRoot,
  async () => {
    await using world = await trap()
    const { bench } = world
    const own = join(bench.folder, "own")
    mkdirSync(own, { mode: 0o700 })
    const cache = join(bench.folder, "cache")
    mkdirSync(cache)
    symlinkSync(own, join(cache, "wecom-push"))
    assert.equal(folderTrouble(join(cache, "wecom-push")), undefined)
    lchownSync(join(cache, "wecom-push"), ANOTHER, ANOTHER)
    assert.equal(folderTrouble(join(cache, "wecom-push")), "folderOfAnother")

    const elsewhere = join(bench.folder, "elsewhere")
    const folder = join(elsewhere, "wecom-push")
    world.plant(folder)
    chmodSync(folder, 0o700)
    for (const file of readdirSync(join(folder, "running"))) chownSync(join(folder, "running", file), ANOTHER, ANOTHER)
    const { code } = await world.run(SEND, { XDG_CACHE_HOME: elsewhere })
    assert.equal(code, 2)
    assert.deepEqual(world.requests, [])
  },
)

// proves 28.D8: a cache folder of another user
test(
  "D8: the launcher keeps compiled code for its user alone, and runs none that others may have left",
  onUnix,
  async () => {
    await using bench = await startBench()
    const home = join(bench.folder, "home")
    mkdirSync(join(bench.folder, "bin"))
    mkdirSync(join(bench.folder, "dist"))
    mkdirSync(home)
    const launcher = join(bench.folder, "bin", "wecom-push.js")
    copyFileSync(new URL("../bin/wecom-push.js", import.meta.url), launcher)
    await bench.file("package.json", '{ "type": "module" }')
    await bench.file(
      "dist/main.js",
      `import { getCompileCacheDir } from "node:module"
    export async function main() { console.log(getCompileCacheDir() ?? "none") }`,
    )
    const cacheUsed = async (): Promise<string> => {
      const { code, stdout } = await start([], bench.folder, { HOME: home, XDG_CACHE_HOME: "" }, { launcher }).ended()
      assert.equal(code, 0)
      return stdout.trim()
    }
    const folder = join(home, ".cache", "wecom-push")
    assert.ok((await cacheUsed()).startsWith(join(folder, "compiled")))
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    chmodSync(folder, 0o770)
    assert.equal(await cacheUsed(), "none")
  },
)
