import assert from "node:assert/strict"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { setImmediate as nextTurn } from "node:timers/promises"
import { BuiltPage, type PageSource } from "./built-page.ts"
import { STAMP } from "./page-folder.ts"

interface StubSource {
  builds: number
  /** The state of the sources; undefined when there are none. */
  sources: string | undefined
  failure: Error | undefined
  /** Writes a built page into the folder. */
  write(index: string, assets?: Readonly<Record<string, string>>): Promise<void>
}

/** A page whose build writes its own number. */
async function aPage() {
  const folder = await mkdtemp(join(tmpdir(), "page-"))
  const source: PageSource & AsyncDisposable & StubSource = {
    folder,
    builds: 0,
    sources: "first",
    failure: undefined,
    stamp: () => Promise.resolve(source.sources),
    async build() {
      const number = ++source.builds
      if (source.failure !== undefined) throw source.failure
      await source.write(`build ${number}`, { [`assets/${number}.js`]: "script" })
    },
    async write(index: string, assets: Readonly<Record<string, string>> = {}) {
      await rm(folder, { recursive: true })
      await mkdir(join(folder, "assets"), { recursive: true })
      for (const [name, text] of Object.entries({ "index.html": index, ...assets })) {
        await writeFile(join(folder, name), text)
      }
      await writeFile(join(folder, STAMP), source.sources ?? "")
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
  return source
}

const textOf = async (page: BuiltPage): Promise<string> => (await page.index()).bytes.toString()

test("a missing page is built once, however many ask for it", async () => {
  await using source = await aPage()
  const page = new BuiltPage(source)
  assert.deepEqual(await Promise.all([textOf(page), textOf(page)]), ["build 1", "build 1"])
  assert.equal(await textOf(page), "build 1")
  assert.equal(source.builds, 1)
})

test("a page built from the present sources is served as it is", async () => {
  await using source = await aPage()
  await source.write("by hand")
  assert.equal(await textOf(new BuiltPage(source)), "by hand")
  assert.equal(source.builds, 0)
})

test("a page that is older than its sources is built anew, also while the simulator runs", async () => {
  await using source = await aPage()
  await source.write("stale")
  source.sources = "second"
  const page = new BuiltPage(source)
  assert.equal(await textOf(page), "build 1")
  source.sources = "third"
  assert.equal(await textOf(page), "build 2")
})

test("a page without sources, as published, is never built", async () => {
  await using source = await aPage()
  await source.write("published")
  source.sources = undefined
  assert.equal(await textOf(new BuiltPage(source)), "published")
  assert.equal(source.builds, 0)
})

test("what an open page still loads of the build before is kept", async () => {
  await using source = await aPage()
  const page = new BuiltPage(source)
  await page.index()
  source.sources = "second"
  await page.index()
  assert.deepEqual(
    await Promise.all(["assets/1.js", "assets/2.js", "assets/3.js"].map(async (path) => (await page.file(path))?.type)),
    ["text/javascript; charset=utf-8", "text/javascript; charset=utf-8", undefined],
  )
})

test("a build that fails is reported, and tried again by the next request", async () => {
  await using source = await aPage()
  const page = new BuiltPage(source)
  source.failure = new Error("no vite")
  await assert.rejects(page.index(), /no vite/)
  source.failure = undefined
  assert.equal(await textOf(page), "build 2")
})

test("a build that another process is just putting in place is waited for", async () => {
  await using source = await aPage()
  const build = source.build.bind(source)
  let replacing: Promise<void> | undefined
  source.build = async () => {
    await build()
    await rm(source.folder, { recursive: true })
    replacing = (async () => {
      await nextTurn()
      await mkdir(source.folder)
      await source.write("of the other process")
    })()
  }
  // A read between the two steps of the other process finds nothing usable.
  assert.equal(await textOf(new BuiltPage(source)), "of the other process")
  await replacing
})

test("a file outside of the built folder is not there", async () => {
  await using source = await aPage()
  const page = new BuiltPage(source)
  assert.equal(await page.file("../package.json"), undefined)
  assert.equal(await page.file("assets/../../package.json"), undefined)
})
