// Does what a newcomer does, on a machine where neither the project nor its tests ever ran: types what the two READMEs
// say into a fresh clone and into a folder with the packed packages, then loads what was started there. `npm run first-use`.
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { runAtSize } from "./at-size/run-at-size.ts"
import { clone, freshMachine, tellCommit } from "./machine.ts"
import { installPacked, newestNode, pack, pinnedNode } from "./packed.ts"
import { createProcesses, portsFree } from "./processes.ts"
import { runReadme } from "./readme/run-readme.ts"
import { createReport, type Report } from "./report.ts"

/** The Chinese README is read on a machine with that language. */
const readmes = [
  { file: "README.md", language: "C.UTF-8" },
  { file: "README.zh-CN.md", language: "zh_CN.UTF-8" },
] as const

const startedMs = performance.now()
await using used = new AsyncDisposableStack()
const machine = used.use(await freshMachine())
const logs = join(machine.folder, "logs")
const scratch = join(machine.folder, "scratch")
await mkdir(logs)
await mkdir(scratch)
const processes = used.use(createProcesses(logs))
const ending = new AbortController()
const report = createReport({ processes, ending: ending.signal, counts: true })
const onlyTold = createReport({ processes, ending: ending.signal, counts: false })
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.once(signal, () => {
    ending.abort()
    void used.disposeAsync().then(() => process.exit(code))
  })
}

report.tell(await tellCommit())
const isReady = await report.step("ports 7780, 7788 and 7799 are free", () => portsFree([7780, 7788, 7799], 0))
if (isReady && (await report.step("git clone", () => clone(machine)))) {
  await useCheckout()
  await usePackages()
}
for (const name of onlyTold.failed) report.tell(`fails, only told: ${name}`)
for (const name of report.failed) report.tell(`FAILS: ${name}`)
report.tell(`${report.hasFailed ? "FAILS" : "ok"}    ${((performance.now() - startedMs) / 1000).toFixed(0)} s in all`)
if (report.hasFailed) process.exitCode = 1

async function useCheckout(): Promise<void> {
  const { checkout } = machine
  // Without this cache, each command compiles the sources, which takes half of the time and tests nothing more.
  const env = { ...machine.env, NODE_COMPILE_CACHE: join(machine.folder, "compiled") }
  const here = { cwd: checkout, checkout, env }
  const node = "npx node --conditions=wecom-push-source"
  for (const [index, { file, language }] of readmes.entries()) {
    const place = index === 0 ? "checkout" : "installed checkout"
    const reader = { ...here, env: { ...env, LANG: language }, place, name: "checkout", node } as const
    await runReadme(file, reader, processes, report)
  }
  await runAtSize({ ...here, name: "checkout", command: "npm start", scratch }, processes, report)
  await report.step("checkout  git sees nothing of what was left behind", async () => {
    const left = await processes.run("git status --porcelain", here)
    if (left !== "") throw new Error(left)
  })
}

async function usePackages(): Promise<void> {
  const tarballs = await report.step("npm run build, npm pack", () => pack(machine, processes))
  if (tarballs === undefined) return
  await usePacked("packed", tarballs.value, () => pinnedNode(machine), report)
  await usePacked("newest", tarballs.value, () => newestNode(machine, processes), onlyTold)
}

async function usePacked(name: string, tarballs: string, node: () => Promise<string>, report: Report): Promise<void> {
  const installed = await report.step(`${name}  npm install of the packages`, async () => {
    const where = await installPacked({ machine, tarballs, node: await node(), name }, processes)
    report.tell(`${name}  Node ${(await processes.run("node --version", where)).trim()}`)
    return where
  })
  if (installed === undefined) return
  const where = { ...installed.value, checkout: machine.checkout }
  for (const { file, language } of readmes) {
    const env = { ...where.env, LANG: language }
    await runReadme(file, { ...where, env, place: "packed", name, node: "node" }, processes, report)
  }
  await runAtSize({ ...where, name, command: "npx wecom-push serve --simulator", scratch }, processes, report)
}
