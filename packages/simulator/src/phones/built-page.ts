import { readdir, readFile } from "node:fs/promises"
import { extname, join, relative, sep } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { stampOfBuilt } from "./page-folder.ts"

export interface BuiltFile {
  readonly bytes: Buffer
  readonly type: string
}

export interface PageSource {
  /** The folder of the built page. */
  readonly folder: string
  /** The state of the sources now; undefined when only the built page is there. */
  stamp(): Promise<string | undefined>
  /** Builds the page into the folder; rejects with what went wrong. */
  build(): Promise<void>
}

/** The built page, kept in memory: it is small, and a build by another process then does not change what is served. */
export class BuiltPage {
  readonly #source: PageSource
  #files: ReadonlyMap<string, BuiltFile> | undefined
  #stamp: string | undefined
  #updating: Promise<void> | undefined

  constructor(source: PageSource) {
    this.#source = source
  }

  /** The page itself, built from the present sources; it is built first if necessary. */
  async index(): Promise<BuiltFile> {
    // Requests that come during a build wait for the same build.
    this.#updating ??= this.#update().finally(() => (this.#updating = undefined))
    await this.#updating
    const index = this.#files?.get("index.html")
    if (index === undefined) throw new Error("index.html is missing")
    return index
  }

  /** A file that the page loads, by its path, such as `assets/main.js`. */
  async file(path: string): Promise<BuiltFile | undefined> {
    if (this.#files === undefined) await this.index()
    return this.#files?.get(path)
  }

  async #update(): Promise<void> {
    const wanted = await this.#source.stamp()
    if (this.#files !== undefined && (wanted === undefined || wanted === this.#stamp)) return
    const built = await this.#read()
    if (built !== undefined && (wanted === undefined || wanted === built.stamp)) return this.#take(built)
    await this.#source.build()
    this.#take(await this.#readRebuilt())
  }

  /** While another process replaces the build with its own, there is none for a moment. */
  async #readRebuilt(): Promise<Built> {
    for (let tries = 0; tries < 20; tries++) {
      const rebuilt = await this.#read()
      if (rebuilt !== undefined) return rebuilt
      await sleep(50)
    }
    throw new Error(`nothing was built in ${this.#source.folder}`)
  }

  #take({ files, stamp }: Built): void {
    // An open page may still load parts of the earlier build.
    this.#files = new Map([...(this.#files ?? []), ...files])
    this.#stamp = stamp
  }

  async #read(): Promise<Built | undefined> {
    const { folder } = this.#source
    const stamp = await stampOfBuilt(folder)
    const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])
    const names = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
    const files = await Promise.all(names.map((name) => readBuilt(folder, name))).catch(() => [])
    // Another process may have replaced the build during the read; then what was read is not usable.
    if (files.length === 0 || stamp !== (await stampOfBuilt(folder))) return undefined
    return { files, stamp }
  }
}

interface Built {
  readonly files: readonly (readonly [path: string, file: BuiltFile])[]
  readonly stamp: string | undefined
}

async function readBuilt(folder: string, name: string): Promise<readonly [string, BuiltFile]> {
  const type = TYPES[extname(name)] ?? "application/octet-stream"
  return [relative(folder, name).split(sep).join("/"), { bytes: await readFile(name), type }]
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  // The gallery's own media. With `nosniff` a browser plays nothing of an unknown type.
  ".wav": "audio/wav",
  ".mp4": "video/mp4",
  ".csv": "text/csv; charset=utf-8",
}
