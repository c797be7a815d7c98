// Runs the gateways of trials one after another in one process: serve-in-turn.ts MAIN, where MAIN is `main.js` of the packed
// command. A message names the folder of the next gateway, and the answer is the gateway's first line of output. The next
// message stops it, and the answer is its exit code.
import { once } from "node:events"
import { Readable } from "node:stream"
import { pathToFileURL } from "node:url"
import type { main as Main } from "../../packages/cli/src/main.ts"

const { main } = (await import(pathToFileURL(process.argv[2] ?? "").href)) as { readonly main: typeof Main }

for (;;) {
  const [home] = (await once(process, "message")) as [string]
  const stop = new AbortController()
  process.once("message", () => stop.abort())
  let printed = ""
  const code = await main(["serve", "--simulator", "0", "--port", "0", "--json"], {
    stdin: Readable.from([]),
    stdout: {
      write(text) {
        printed += text
        if (/^\{"url".*\}\n$/.test(printed)) process.send?.(JSON.parse(printed))
      },
    },
    stderr: process.stderr,
    env: { HOME: home, XDG_CACHE_HOME: `${home}/cache`, LOG_LEVEL: "error" },
    cwd: home,
    interruption: () => stop.signal,
  })
  // The gateway's listener would end the process at an error; the next gateway adds its own.
  process.removeAllListeners("uncaughtException")
  process.send?.(code)
}
