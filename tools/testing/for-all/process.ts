// The test runner starts this process (start.ts). It starts what the test files share, and releases it when the runner has ended.
import { once } from "node:events"
import type { StartForAllTests, Started } from "./start.ts"

// These signals are for the runner; this process ends after it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {})
const runnerIsGone = once(process, "disconnect")
const [files] = (await once(process, "message")) as [readonly string[]]
const { STARTS } = (await import(process.argv[2] ?? "")) as { readonly STARTS: readonly StartForAllTests[] }
{
  await using resources = new AsyncDisposableStack()
  const env: Record<string, string> = {}
  for (const each of STARTS.filter((one) => one.isNeededBy(files))) {
    try {
      Object.assign(env, await each.start(resources))
    } catch (error) {
      // In that case each file starts its own.
      console.error(`${each.name} could not be started for all tests:`, error)
    }
  }
  const started: Started = { env }
  // The runner may have ended in the meantime.
  if (process.connected) process.send?.(started, () => {})
  await runnerIsGone
}
process.exit()
