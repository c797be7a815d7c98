import { execFile } from "node:child_process"
import { mkdtempDisposable } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import { pathOf } from "../../tools/testing/programs.ts"

/** What Go has compiled of its own library is kept: it takes half a minute of a processor. */
const CACHE = resolve(import.meta.dirname, "../../node_modules/.cache/go")

/** A program out of Go sources, without anything from the network. */
export async function buildGo(folder: string, of: string): Promise<AsyncDisposable & { readonly program: string }> {
  await using resources = new AsyncDisposableStack()
  const { path } = resources.use(await mkdtempDisposable(join(tmpdir(), "wecom-push-go-")))
  const program = join(path, "program")
  const env = {
    ...process.env,
    CGO_ENABLED: "0",
    GOCACHE: CACHE,
    GOENV: "off",
    GOFLAGS: "-mod=mod",
    GOPATH: join(path, "go"),
    GOPROXY: "off",
    GOTOOLCHAIN: "local",
  }
  // A fifth of the compiling is for speed, which no test asks for.
  const words = ["build", "-gcflags=all=-N -l", "-o", program, of]
  await promisify(execFile)(pathOf("go"), words, { cwd: folder, env })
  const kept = resources.move()
  return { program, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
