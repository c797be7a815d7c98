import { execFile } from "node:child_process"
import { mkdtempDisposable } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import { pathOf } from "../../tools/testing/programs.ts"

/** Go's compiled standard library is cached, because to compile it takes half a minute of a processor. */
const CACHE = resolve(import.meta.dirname, "../../node_modules/.cache/go")

/** Builds a program from Go sources, without the network. */
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
  // Without optimization, which takes a fifth of the compile time and is not needed by any test.
  const words = ["build", "-gcflags=all=-N -l", "-o", program, of]
  await promisify(execFile)(pathOf("go"), words, { cwd: folder, env })
  const kept = resources.move()
  return { program, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
