import assert from "node:assert/strict"
import { execFile, spawn } from "node:child_process"
import type { SpawnOptionsWithoutStdio } from "node:child_process"
import { once } from "node:events"
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempDisposableSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { createInterface } from "node:readline"
import { text } from "node:stream/consumers"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { startSimulator } from "@wecom-push/simulator"
import { RESTORE } from "../packages/gateway/src/doors/http/testing/kept/restore.ts"
import { mapFaults } from "./map-faults.ts"
import { packCommand } from "./packed-command.ts"

test("the command is packed as it is published: compiled, without sources, and runs from its own folder", async () => {
  await using packed = await packCommand()
  const packages = join(packed.home, "node_modules", "@wecom-push")
  for (const name of [...readdirSync(packages).map((one) => join(packages, one)), join(packed.command, "../..")]) {
    assert.ok(existsSync(join(name, "dist")), name)
    assert.ok(!existsSync(join(name, "src")), name)
    assert.ok(realpathSync(name).startsWith(realpathSync(packed.home)), name)
  }
  const { stdout } = await promisify(execFile)(process.execPath, [packed.command, "--version"], { env: {} })
  assert.equal(stdout.trim(), packed.version)
})

// proves 30.alone: what deploy/install.sh lays out
// proves 30.node: Node beside the gateway, for the unit
test("30: deploy/install.sh lays out what would be published of each package, the unit's Node, and nothing else", async () => {
  await using packed = await packCommand()
  // Other tests cover the build and the libraries, which take minutes, so only npm's `pack` does anything here.
  const programs = join(packed.home, "programs")
  mkdirSync(programs)
  const npm = `#!/bin/sh\n[ "$1" != pack ] || exec '${await pathInShell("npm")}' "$@"\n`
  writeFileSync(join(programs, "npm"), npm, { mode: 0o755 })
  const folder = join(packed.home, "installed")
  mkdirSync(join(folder, "packages/gateway/dist"), { recursive: true })
  writeFileSync(join(folder, "packages/gateway/dist/left.js"), "")
  // npm has no Node for a Mac with Apple's processor.
  const hasNode = existsSync(join(import.meta.dirname, `../node_modules/node-${process.platform}-${process.arch}`))
  const option = hasNode ? ["--with-node"] : []
  const env = { ...process.env, PATH: `${programs}:${process.env["PATH"] ?? ""}` }
  await promisify(execFile)(join(import.meta.dirname, "../deploy/install.sh"), [...option, folder], { env })

  for (const name of ["protocol", "sdk", "simulator", "gateway", "client"]) {
    const published = filesBelow(join(packed.home, "node_modules/@wecom-push", name)).toSorted()
    assert.deepEqual(filesBelow(join(folder, "packages", name)).toSorted(), published, name)
  }
  assert.ok(existsSync(join(folder, "packages/cli/bin/wecom-push.js")))
  // The lock names it, and nothing of it is published.
  assert.deepEqual(filesBelow(join(folder, "packages/bubble")), ["package.json"])

  if (!hasNode) return
  // The unit's Node, as on a machine that has no other.
  const unit = readFileSync(join(import.meta.dirname, "../deploy/wecom-push.service"), "utf8")
  const node = /^ExecStart=\/opt\/wecom-push\/(\S+) /m.exec(unit)?.[1] ?? ""
  const words = [join(folder, "packages/cli/bin/wecom-push.js"), "--version"]
  const { stdout } = await promisify(execFile)(join(folder, node), words, { env: { PATH: "" } })
  assert.equal(stdout.trim(), packed.version)
})

test("several who ask at once have installations of their own, which go when they are disposed of", async () => {
  const all = await Promise.all([packCommand(), packCommand(), packCommand()])
  assert.equal(new Set(all.map(({ home }) => home)).size, 3)
  for (const packed of all) {
    assert.ok(existsSync(packed.command))
    await packed[Symbol.asyncDispose]()
    assert.ok(!existsSync(packed.home))
  }
})

test("what is run is reported in one line: version, packed, Node and commit", async () => {
  await using packed = await packCommand()
  const line =
    /^gateway: wecom-push \d+\.\d+\.\d+, packed, `wecom-push serve`, Node \d+\.\d+\.\d+, commit \S+(?: with changes)?$/
  assert.match(packed.describe(), line)
})

test("before it is known which command is asked for, two files are loaded and nothing of what commands need", async () => {
  await using packed = await packCommand()
  const coverage = join(packed.home, "coverage")
  const env = { NODE_V8_COVERAGE: coverage }
  await promisify(execFile)(process.execPath, [packed.command, "--help"], { env })
  const loaded = readdirSync(coverage).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(coverage, name), "utf8")) as { result: readonly { url: string }[] }
    return result.flatMap(({ url }) => (url.includes("/dist/") ? basename(url).replace(/-[\w-]{8}\.js$/, ".js") : []))
  })
  assert.deepEqual(loaded.toSorted(), ["main.js", "start.js"])
})

// proves 30.year: in what is published
test("30.year: the packed command brings a file of an older version up to date: the thread that does it is in the package", async () => {
  await using packed = await packCommand()
  await using kept = await RESTORE.SQLite("0.1.0")
  const env = { WECOM_PUSH_DATABASE_URL: kept.url, XDG_CACHE_HOME: packed.home }
  const migrate = [packed.command, "migrate", "--json"]
  const told = []
  for (const words of [migrate, migrate]) {
    const { stdout } = await promisify(execFile)(process.execPath, words, { env, cwd: packed.home })
    told.push(JSON.parse(stdout) as { readonly from: number; readonly to: number; readonly steps: readonly string[] })
  }
  const [first, second] = told
  assert.ok(first !== undefined && first.steps.length > 0 && first.to === first.from + first.steps.length)
  assert.deepEqual([second?.from, second?.steps], [first.to, []])
})

test("of Node's own modules --help does without cryptography, and a send without WebCrypto and SQLite", async () => {
  await using packed = await packCommand()
  await using simulator = await startSimulator({ port: 0 })
  const list = "process.on('exit', () => console.error(process.moduleLoadList.join('\\n')))"
  const env = {
    NODE_OPTIONS: `--import=${JSON.stringify(`data:text/javascript,${list}`)}`,
    XDG_CACHE_HOME: packed.home,
    WECOM_CORP_ID: "ww0000000000000001",
    WECOM_APP_SECRET: "sim-secret-alerts",
    WECOM_AGENT_ID: "1000002",
    WECOM_API_BASE_URL: simulator.url,
  }
  const loadedBy = async (...words: readonly string[]): Promise<Set<string>> => {
    const { stderr } = await promisify(execFile)(process.execPath, [packed.command, ...words], { env })
    return new Set(stderr.split("\n").flatMap((line) => /^NativeModule (.+)$/.exec(line)?.[1] ?? []))
  }
  const [help, send] = [await loadedBy("--help"), await loadedBy("send", "--user", "zhangsan", "--text", "你好")]
  // The list must not be empty.
  assert.ok(help.has("fs"))
  assert.ok(send.has("http"))
  assert.ok(!help.has("crypto"))
  assert.deepEqual(
    ["internal/crypto/webcrypto", "sqlite"].filter((name) => send.has(name)),
    [],
  )
})

/** Writes the name of each file that a process loads, its threads included, to the file that `LOADED` names. */
const NOTE_LOADED = `data:text/javascript,${encodeURIComponent(`
  import { appendFileSync } from "node:fs"
  import { registerHooks } from "node:module"
  registerHooks({ load: (url, context, next) => {
    appendFileSync(process.env.LOADED, url + "\\n")
    return next(url, context)
  } })`)}`

/** Our sources and libraries for adapters, channels and stores that are not configured. */
const UNUSED =
  /\/src\/doors\/inbound\/[^/]+\/|\/smart-robot\/(?!smart-robots|party-of-bot)|\/sdk\/src\/bot\/(?:bot|connection|events|socket|upload)\.|\/store\/postgres\/(?:open|jobs|session)\.|liquidjs|pg-boss|@aws-sdk|@modelcontextprotocol/

// proves 32.unused: in what is published
test("32: the packed gateway loads no adapter, template engine, smart robot, PostgreSQL, bucket or MCP that is not configured", async () => {
  await using packed = await packCommand()
  await using simulator = await startSimulator()
  const loaded = join(packed.home, "loaded.txt")
  const env = {
    LOADED: loaded,
    NODE_OPTIONS: `--import=${NOTE_LOADED}`,
    WECOM_PUSH_DATABASE_URL: "sqlite:./lean.db",
    WECOM_PUSH_ADMIN_KEY: "an-admin-key-of-more-than-32-characters",
    WECOM_API_BASE_URL: simulator.url,
    WECOM_CORP_ID: simulator.org.corp_id,
    WECOM_AGENT_ID: "1000002",
    WECOM_APP_SECRET: "sim-secret-alerts",
  }
  await using gateway = await startGateway([packed.command, "serve", "--port", "0", "--json"], {
    cwd: packed.home,
    env,
  })
  const headers = { authorization: `Bearer ${env.WECOM_PUSH_ADMIN_KEY}`, "content-type": "application/json" }
  const body = JSON.stringify({ to: { mobiles: ["13800000001"] }, msgtype: "text", text: { content: "你好" } })
  assert.equal((await fetch(`${gateway.url}/v1/messages`, { method: "POST", headers, body })).status, 202)
  await simulator.waitForMessage({ userid: "zhangsan", text: "你好" })
  const before = sourcesIn(loaded)
  assert.ok(before.some((source) => source.endsWith("/src/doors/server.ts")))
  assert.deepEqual(
    before.filter((source) => UNUSED.test(source)),
    [],
  )

  // The same names must appear once these are configured.
  assert.equal((await fetch(`${gateway.url}/in/text`, { method: "POST", body: "你好" })).status, 401)
  const robot = JSON.stringify({ name: "assistant", kind: "bot", bot_id: "bot_not_there", secret: "s".repeat(40) })
  assert.equal((await fetch(`${gateway.url}/v1/apps`, { method: "POST", headers, body: robot })).status, 201)
  const wanted = [
    "/src/doors/inbound/text/text.ts",
    "/src/channels/smart-robot/robot-lines.ts",
    "/src/bot/connection.ts",
  ]
  while (!wanted.every((name) => sourcesIn(loaded).some((source) => source.endsWith(name)))) await sleep(20)
})

// proves 30.sizes: numbering rules of mobiles alone
test("30.sizes: what is published has the numbering rules of mobiles in it, no others, and asks for no library of them", async () => {
  await using packed = await packCommand()
  const modules = join(packed.home, "node_modules")
  for (const name of ["@wecom-push/sdk", "@wecom-push/gateway", "wecom-push"]) {
    const folder = join(modules, name)
    const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { dependencies: object }
    assert.ok(!("libphonenumber-js" in dependencies), name)
    const files = filesBelow(join(folder, "dist"))
    const codes = files.filter((file) => file.endsWith(".js")).map((file) => join(folder, "dist", file))
    const asking = codes.filter((file) =>
      /(?:from|import\(|require\()\s*"libphonenumber/.test(readFileSync(file, "utf8")),
    )
    assert.deepEqual(asking, [], name)
    const rules = codes
      .filter((file) => existsSync(`${file}.map`))
      .flatMap((file) =>
        (JSON.parse(readFileSync(`${file}.map`, "utf8")) as { sources: string[] }).sources
          .filter((source) => /libphonenumber-js\/.*\.json/.test(source))
          .map((source) => basename(source)),
      )
    assert.deepEqual(rules, ["metadata.mobile.json.js"], name)
  }
})

interface Started extends AsyncDisposable {
  readonly url: string
}

async function startGateway(argv: readonly string[], options: SpawnOptionsWithoutStdio): Promise<Started> {
  const child = spawn(process.execPath, argv, options)
  const ended = once(child, "exit")
  child.stderr.resume()
  for await (const line of createInterface(child.stdout)) {
    if (!line.startsWith('{"url"')) continue
    const { url } = JSON.parse(line) as { url: string }
    child.stdout.resume()
    return {
      url,
      async [Symbol.asyncDispose]() {
        child.kill("SIGTERM")
        await ended
      },
    }
  }
  throw new Error("the gateway did not start")
}

/** The sources of the files that are named there, according to their maps; a file without a map counts itself. */
function sourcesIn(file: string): readonly string[] {
  const urls = new Set(readFileSync(file, "utf8").trim().split("\n"))
  return [...urls].flatMap((url) => {
    const map = url.startsWith("file:") ? `${fileURLToPath(url)}.map` : ""
    return existsSync(map) ? (JSON.parse(readFileSync(map, "utf8")) as { sources: string[] }).sources : [url]
  })
}

async function pathInShell(program: string): Promise<string> {
  const { stdout } = await promisify(execFile)("sh", ["-c", `command -v ${program}`])
  return stdout.trim()
}

function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: "utf8" }).filter((one) => !one.includes("node_modules"))
}

const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
)

interface SingleFile extends Disposable {
  write(name: string, content: string | Uint8Array): void
  run(
    argv: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<{ readonly code: number; readonly told: string }>
}

/** Copies the single file alone into a folder without packages near it. */
async function copySingleFile(): Promise<SingleFile> {
  await using packed = await packCommand()
  const folder = mkdtempDisposableSync(join(tmpdir(), "wecom-push-single-"))
  const file = join(folder.path, "wecom-push.mjs")
  copyFileSync(packed.singleFile, file)
  return {
    write: (name, content) => writeFileSync(join(folder.path, name), content),
    run: async (argv, more = {}) => {
      const env = { HOME: folder.path, LANG: "en_US.UTF-8", ...more }
      const child = spawn(process.execPath, [file, ...argv], { cwd: folder.path, env })
      child.stdin.end()
      const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")])
      return { code: code as number, told: stdout + stderr }
    },
    [Symbol.dispose]: () => folder.remove(),
  }
}

// proves 30.single: the command as one file
test("30.single: the single file alone sends a message to a phone, and a picture, by settings in YAML", async () => {
  using single = await copySingleFile()
  await using simulator = await startSimulator()
  const app = ["corp_id: ww0000000000000001", "agent_id: 1000002", "app_secret: sim-secret-alerts"]
  single.write("app.yaml", [...app, `api_base_url: ${simulator.url}`].join("\n"))
  single.write("dot.png", PIXEL)
  const how = ["--config", "app.yaml", "--mobile", "13800000001"]
  for (const what of [
    ["--text", "磁盘 91%"],
    ["--image", "dot.png"],
  ]) {
    const { code, told } = await single.run(["send", ...how, ...what])
    assert.equal(code, 0, told)
  }
  const shown = simulator.messages()
  assert.deepEqual(
    shown.map(({ body }) => body.msgtype),
    ["text", "image"],
  )
})

// proves 30.single: its map
test("30.single: the map of the single file holds our sources and leads to them", async () => {
  await using packed = await packCommand()
  const [map, code] = [`${packed.singleFile}.map`, packed.singleFile].map((file) => readFileSync(file, "utf8"))
  assert.deepEqual(mapFaults(map ?? "", code ?? ""), [])
  assert.ok(map?.includes("/src/send/send.ts"))
})

// proves 30.single: what is left out of it
test("30.single: a command that is left out of the single file is refused in both languages with the package that has it, exit 2", async () => {
  using single = await copySingleFile()
  const { told: help } = await single.run(["--help"])
  const [, listed = ""] = /^Left out of this single file;.*\n {2}(.*)$/m.exec(help) ?? []
  assert.match(listed, /^simulate, serve, .*, keys create --admin$/)
  for (const name of listed.split(", ")) {
    // The arguments that the command requires.
    const more = { backup: ["copy.db"], move: ["--to", "sqlite:a.db"] }[name] ?? []
    const { code, told } = await single.run([...name.split(" "), ...more, "--lang", name === "serve" ? "zh" : "en"])
    assert.equal(code, 2, `${name}: ${told}`)
    assert.match(
      told,
      name === "serve" ? /单文件版本不含“serve”命令/ : /left out of this single file; nothing was done/,
    )
    assert.match(told, /npm install --global wecom-push/)
  }
})

// proves 30.maps: the phones page
test("30: each script of the phones page has a map beside it, which holds our sources and those of no library", async () => {
  await using packed = await packCommand()
  const assets = join(packed.home, "node_modules/@wecom-push/simulator/dist/page/assets")
  const scripts = readdirSync(assets).filter((name) => name.endsWith(".js"))
  assert.ok(scripts.length > 0)
  for (const name of scripts) {
    const [code, map] = [name, `${name}.map`].map((file) => readFileSync(join(assets, file), "utf8"))
    assert.deepEqual(mapFaults(map ?? "", code ?? ""), [], name)
    const { sources, sourcesContent } = JSON.parse(map ?? "") as { sources: string[]; sourcesContent: unknown[] }
    const held = sources.filter((_, index) => typeof sourcesContent[index] === "string")
    assert.ok(held.length > 0 && !held.some((source) => source.includes("node_modules")), name)
  }
})
