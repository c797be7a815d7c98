// Builds the page into `dist/page`: beside it first, so that a reader meanwhile finds the old one or the new.
import { glob, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import type { SourceMapPayload } from "node:module"
import { dirname, join } from "node:path"
import { build } from "vite"
import { BUILT, STAMP, stampOfBuilt, stampOfSources } from "../src/phones/page-folder.ts"

const making = join(dirname(BUILT), `.page-${process.pid}`)
const old = `${making}-old`
// Taken before: what changes while it is built makes it stale.
const stamp = await stampOfSources()
try {
  await mkdir(making, { recursive: true })
  await build({ root: import.meta.dirname, logLevel: "warn", build: { outDir: making, emptyOutDir: true } })
  for await (const map of glob("assets/*.map", { cwd: making })) await keepOurSources(join(making, map))
  await writeFile(join(making, STAMP), stamp ?? "")
  // Where another process was quicker, its build is as good, and perhaps being read.
  if (stamp === undefined || (await stampOfBuilt(BUILT)) !== stamp) {
    await rename(BUILT, old).catch(() => {})
    await rename(making, BUILT).catch(() => {})
  }
} finally {
  await rm(making, { recursive: true, force: true })
  await rm(old, { recursive: true, force: true })
}

/** The sources of libraries would be half of the page's package. */
async function keepOurSources(file: string): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the bundler has just written
  const map = JSON.parse(await readFile(file, "utf8")) as SourceMapPayload
  const sourcesContent = map.sources.map((source, index) =>
    source.includes("node_modules") ? null : map.sourcesContent[index],
  )
  await writeFile(file, JSON.stringify({ ...map, sourcesContent }))
}
