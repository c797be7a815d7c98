import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { start } from "../testing/start-process.ts"

const CONNECTIONS = 1500
const BODY = Buffer.alloc(1_000_000, 0x20)
/**
 * Measured: 35 to 75, which is what as many connections take that send a single byte. Were the bodies read it would be
 * 1,500; were what is thrown away of them left to the collector, 70 to 160.
 */
const LIMIT_MB = 100
const LOOK_EVERY_MS = 50

/** Where strangers may send a megabyte, and the answer of each. */
const FLOODS: readonly Readonly<Record<string, RegExp>>[] = [
  { "/cgi-bin/message/send?access_token=x": /"errcode":40014/ },
  {
    "/cgi-bin/gettoken": /"errcode":40206/,
    "/callback/x": /"code":"not_found"/,
    "/callback/default": /"code":"body_too_large"/,
    "/v1/messages": /"code":"unauthorized"/,
  },
]

for (const doors of FLOODS) {
  const names = Object.keys(doors).join(", ")
  // proves C7: bodies too large or compressed
  test(
    `a megabyte from each of ${CONNECTIONS} strangers takes no memory: ${names}`,
    { timeout: 290_000, skip: process.platform === "win32" && "no `ps` there tells how much memory a process takes" },
    async (t) => {
      const folder = await mkdtemp(join(tmpdir(), "wecom-push-strangers-"))
      await using _folder = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
      await using gateway = start(["serve", "--port", "0", "--json"], folder, {
        WECOM_CORP_ID: "ww1",
        WECOM_APP_SECRET: "s",
        WECOM_AGENT_ID: "1",
        WECOM_API_BASE_URL: "http://127.0.0.1:9",
        WECOM_CALLBACK_TOKEN: "token",
        WECOM_ENCODING_AES_KEY: "u8jzPde0IgxLd6GncfBAepfJBd0Kh8oOOL8dKLzdocA",
      })
      const port = Number(/"url":"http:[^"]*:(\d+)"/.exec(await gateway.says(/^\{"url".*\}$/m))?.[1])
      const paths = Object.keys(doors)
      // The first request loads modules, which is not to be counted.
      for (const path of paths) assert.match(await send(port, path), doors[path] ?? /^$/)
      const before = residentMb(gateway.child.pid)
      let peak = before
      const answering = Array.from({ length: CONNECTIONS }, async (_, n) => {
        const path = paths[n % paths.length] ?? ""
        const answer = await send(port, path)
        return { path, answer }
      })
      const looking = setInterval(() => (peak = Math.max(peak, residentMb(gateway.child.pid))), LOOK_EVERY_MS)
      const all = await Promise.all(answering)
      clearInterval(looking)
      const answers = all.filter(({ answer }) => answer !== "")
      // One who takes seconds to send it may be cut off before the answer is seen.
      const told = answers.filter(({ path, answer }) => doors[path]?.test(answer) === true)
      const late = answers.filter(({ answer }) => answer.startsWith("HTTP/1.1 408"))
      // There are more of them than connections are taken.
      const away = answers.filter(({ answer }) => /too_many_connections|"errcode":-1,/.test(answer))
      assert.equal(told.length + late.length + away.length, answers.length)
      assert.ok(told.length > 0 && told.length + late.length > CONNECTIONS / 3, `${told.length} got it`)
      t.diagnostic(`${(peak - before).toFixed(0)} MB more than ${before.toFixed(0)} MB`)
      assert.ok(peak - before < LIMIT_MB, `${(peak - before).toFixed(0)} MB more`)
    },
  )
}

/** Sends all of a body, whatever is answered meanwhile. @returns the answer */
function send(port: number, path: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const socket = connect(port, "127.0.0.1")
  let received = ""
  socket.setEncoding("utf8")
  socket.on("data", (text: string) => (received += text))
  // A reset by a gateway that does not want to read the rest.
  socket.on("error", () => {})
  socket.on("close", () => resolve(received))
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${BODY.length}\r\n\r\n`)
  socket.write(BODY)
  return promise
}

/** A small Linux has no `ps`, and no other system has /proc. */
function residentMb(pid: number | undefined): number {
  if (process.platform === "linux") {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1000
  }
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1000
}
