import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { suite, test } from "node:test"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { startSimulator } from "@wecom-push/simulator"
import { rolldown } from "rolldown"

/** Sends one message, and prints the outcome and how often it was tried. */
const PROGRAM = `
  import { text, WeCom } from "@wecom-push/sdk"
  const [, , baseUrl, language, options = "{}"] = process.argv
  let tries = 0
  const wecom = new WeCom({
    baseUrl,
    language,
    corpId: "ww0000000000000001",
    secret: "sim-secret-alerts",
    agentId: 1000002,
    hooks: { onRequest: () => void tries++ },
    ...JSON.parse(options),
  })
  const sent = await wecom.send({ users: ["zhangsan"] }, text("你好")).catch((error) => error)
  await wecom.close()
  const { ok, code, failure, class: kind, message, hint } = sent
  console.log(JSON.stringify({ ok, code, failure, class: kind, message, hint, tries }))
`

interface Told {
  readonly ok?: boolean
  readonly code?: string
  readonly failure?: string
  readonly class?: string
  readonly message?: string
  readonly hint?: string
  readonly tries: number
}

/** As where it is not installed. */
const WITHOUT_UNDICI = `
  import { registerHooks } from "node:module"
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== "undici") return next(specifier, context)
      throw Object.assign(new Error("Cannot find package 'undici'"), { code: "ERR_MODULE_NOT_FOUND" })
    },
  })
`

/** Its mark, and its name for a proxy of one request. */
const LIKE_BUN = `
  Object.defineProperty(process.versions, "bun", { value: "1.4.5" })
  const { fetch } = globalThis
  globalThis.fetch = (url, { proxy, ...init }) => {
    if (proxy === false) return fetch(url, init)
    throw new Error("by way of " + proxy)
  }
`

async function told(program: string | { readonly file: string }, argv: readonly string[], before = ""): Promise<Told> {
  const source = typeof program === "string" ? `${before}\nawait import(${JSON.stringify(dataUrl(program))})` : ""
  const how =
    typeof program === "string"
      ? ["--conditions=wecom-push-source", "--input-type=module", "-e", source, "-"]
      : [program.file]
  const { stdout } = await promisify(execFile)(process.execPath, [...how, ...argv], { cwd: import.meta.dirname })
  return JSON.parse(stdout) as Told
}

/** The program with the package's name resolved, as a URL. */
function dataUrl(program: string): string {
  const entry = new URL("index.ts", import.meta.url)
  return `data:text/javascript,${encodeURIComponent(program.replace('"@wecom-push/sdk"', JSON.stringify(entry)))}`
}

// proves 28.D12: what carries requests is missing
suite(
  "D12: without undici nothing is sent, it is tried once, and the error says what is missing and what to do",
  () => {
    for (const [language, what, todo] of [
      ["en", /^Nothing was sent: the package undici, .*cannot be loaded \(ERR_MODULE_NOT_FOUND\)/, /^Install undici/],
      ["zh", /^未发送任何内容：无法加载.*undici.*ERR_MODULE_NOT_FOUND/, /^请安装 undici/],
    ] as const) {
      test(language, async () => {
        const error = await told(PROGRAM, ["http://127.0.0.1:9", language], WITHOUT_UNDICI)
        assert.deepEqual(
          [error.code, error.failure, error.class, error.tries],
          ["unreachable", "transport_missing", "configuration", 1],
        )
        assert.match(error.message ?? "", what)
        assert.match(error.hint ?? "", todo)
      })
    }
  },
)

// proves 28.D12: Bun
test("D12: under Bun requests go by its fetch: past proxies to loopback, by the proxy that is named elsewhere", async () => {
  await using simulator = await startSimulator({ port: 0 })
  const before = WITHOUT_UNDICI + LIKE_BUN
  assert.equal((await told(PROGRAM, [simulator.url, "en"], before)).ok, true)
  const options = JSON.stringify({ proxy: { httpsProxy: "http://proxy.example:3128" }, timeoutMs: 500 })
  const away = await told(
    PROGRAM.replace("await wecom.close()", "sent.message = String(ways)"),
    ["https://wecom.example", "en", options],
    `${before}
    globalThis.ways = []
    globalThis.fetch = async (url, { proxy }) => { ways.push(proxy); throw new Error("no way") }`,
  )
  assert.match(away.message ?? "", /^http:\/\/proxy\.example:3128\/(?:,|$)/)
})

// proves 28.D12: what carries requests is missing
test("D12: in a bundle that undici does not survive the error says so; one that leaves it whole sends", async (t) => {
  await using simulator = await startSimulator({ port: 0 })
  const folder = await mkdtemp(join(tmpdir(), "wecom-push-bundle-"))
  t.after(() => rm(folder, { recursive: true }))
  const input = join(folder, "program.ts")
  await writeFile(
    input,
    PROGRAM.replace('"@wecom-push/sdk"', JSON.stringify(fileURLToPath(new URL("index.ts", import.meta.url)))),
  )
  const bundled = async (platform: "node" | "neutral"): Promise<Told> => {
    const file = join(folder, `${platform}.mjs`)
    await using bundle = await rolldown({
      input,
      platform,
      // A platform that is none has no `require`, as esbuild's modules have none.
      ...(platform === "neutral" && { external: /^node:/ }),
      resolve: { conditionNames: ["wecom-push-source", "import", "node"], mainFields: ["module", "main"] },
      logLevel: "silent",
    })
    await bundle.write({ file, format: "esm", codeSplitting: false })
    return await told({ file }, [simulator.url, "en"])
  }
  const [whole, broken] = await Promise.all([bundled("node"), bundled("neutral")])
  assert.equal(whole.ok, true)
  assert.equal(broken.failure, "transport_missing")
  assert.match(broken.message ?? "", /undici, .*cannot be loaded \(.*require/)
  assert.match(broken.hint ?? "", /let a bundler leave it out/)
})
