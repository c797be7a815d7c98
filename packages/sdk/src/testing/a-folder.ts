import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A folder of its own for a test, gone with it. */
export interface Folder extends AsyncDisposable {
  readonly path: string
  /** Writes a file into it and tells where it is. */
  file(name: string, bytes: Uint8Array): Promise<string>
}

export async function aFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "media-test-"))
  return {
    path,
    async file(name, bytes) {
      const at = join(path, name)
      await writeFile(at, bytes)
      return at
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  }
}
