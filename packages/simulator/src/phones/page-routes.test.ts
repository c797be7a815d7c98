import assert from "node:assert/strict"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import fastify from "fastify"
import type { PageSource } from "./built-page.ts"
import { pageRoutes } from "./page-routes.ts"

const INDEX = '<!doctype html><html lang="en"><head><script type="module" src="/assets/a.js"></script></head></html>'

async function aServer(more: Partial<PageSource> = {}, assets: readonly string[] = []) {
  const folder = await mkdtemp(join(tmpdir(), "page-"))
  await mkdir(join(folder, "assets"))
  await writeFile(join(folder, "index.html"), INDEX)
  await writeFile(join(folder, "assets", "a.js"), "alert()")
  for (const name of assets) await writeFile(join(folder, "assets", name), "x")
  const server = fastify()
  const source = { folder, stamp: () => Promise.resolve(undefined), build: () => Promise.resolve(), ...more }
  pageRoutes(server, source)
  return {
    get: (url: string, headers: Readonly<Record<string, string>> = {}) =>
      server.inject({ method: "GET", url, headers }),
    [Symbol.asyncDispose]: async () => {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

test("each view is the page, under a policy that lets nothing of others run", async () => {
  await using server = await aServer()
  for (const view of ["/", "/?user=zhangsan", "/gallery", "/panel"]) {
    const { statusCode, headers } = await server.get(view)
    assert.equal(statusCode, 200)
    assert.equal(headers["content-type"], "text/html; charset=utf-8")
    assert.equal(headers["x-content-type-options"], "nosniff")
    assert.equal(headers["cache-control"], "no-cache")
    assert.match(
      String(headers["content-security-policy"]),
      /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: https: http:;/,
    )
  }
})

test("the page is in the language of the browser, or in the one its address asks for", async () => {
  await using server = await aServer()
  for (const [url, accept, lang] of [
    ["/", "zh-CN,zh;q=0.9", "zh-CN"],
    ["/", "en-US", "en"],
    ["/?lang=zh", "en", "zh-CN"],
    ["/gallery?lang=en", "zh", "en"],
  ] as const) {
    const { body, headers } = await server.get(url, { "accept-language": accept })
    assert.match(body, new RegExp(`<html lang="${lang}">`))
    assert.equal(headers["vary"], "Accept-Language")
  }
})

test("what the page loads may be kept for good, because its name changes with it", async () => {
  await using server = await aServer()
  const { statusCode, headers, body } = await server.get("/assets/a.js")
  assert.deepEqual([statusCode, body], [200, "alert()"])
  assert.equal(headers["content-type"], "text/javascript; charset=utf-8")
  assert.match(String(headers["cache-control"]), /immutable/)
  const missing = await server.get("/assets/b.js")
  assert.deepEqual(
    [missing.statusCode, missing.headers["error-msg"]],
    [404, "the page has no such file, or no longer; load the page again"],
  )
  assert.equal((await server.get("/assets/..%2findex.html")).statusCode, 404)
})

test("what the gallery plays and offers has its own type, and unknown content has none that could run", async () => {
  await using server = await aServer({}, ["chime.wav", "replay.mp4", "report.csv", "odd.xyz"])
  for (const [name, type] of [
    ["chime.wav", "audio/wav"],
    ["replay.mp4", "video/mp4"],
    ["report.csv", "text/csv; charset=utf-8"],
    ["odd.xyz", "application/octet-stream"],
  ] as const) {
    const { statusCode, headers } = await server.get(`/assets/${name}`)
    assert.deepEqual([statusCode, headers["content-type"]], [200, type])
    assert.equal(headers["x-content-type-options"], "nosniff")
  }
})

test("a page that cannot be built says what to do, in both languages, and why", async () => {
  await using server = await aServer({
    stamp: () => Promise.resolve("changed"),
    build: () => Promise.reject(new Error("Cannot find package 'vite'")),
  })
  const { statusCode, headers, body } = await server.get("/")
  assert.equal(statusCode, 503)
  assert.equal(headers["content-type"], "text/plain; charset=utf-8")
  assert.match(body, /npm ci && npm run build[^]*页面构建失败[^]*Cannot find package 'vite'/)
})
