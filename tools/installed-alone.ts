// Installs one package in an empty project as `npm install` does: with its dependencies and nothing else, so that packages
// which it uses but does not name are missing. No registry is used: the versions are those of the lock, so the size is the
// same each time.
import { copyFile, link, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

interface Needs {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

export interface InstalledAlone extends AsyncDisposable {
  readonly home: string
  /** The number of packages, including the requested one. */
  readonly packages: number
  readonly bytes: number
}

/**
 * @param from a folder whose `node_modules` has the package and all that it needs
 * @param beside other packages that a user has, such as the types of Node; they are not counted
 */
export async function installAlone(
  from: string,
  name: string,
  beside: readonly string[] = [],
): Promise<InstalledAlone> {
  const home = await mkdtemp(join(tmpdir(), "wecom-push-alone-"))
  await writeFile(join(home, "package.json"), JSON.stringify({ private: true, type: "module" }))
  const layout = new Layout(home)
  const size = await layout.add(from, name)
  for (const other of beside) await layout.add(from, other)
  return { home, ...size, [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }) }
}

class Layout {
  readonly #home: string
  /** Where each source folder has been put. */
  readonly #placed = new Map<string, string[]>()

  constructor(home: string) {
    this.#home = home
  }

  async add(from: string, name: string): Promise<{ packages: number; bytes: number }> {
    const sizes = { packages: 0, bytes: 0 }
    const waiting = [{ name, from, by: this.#home, isOptional: false }]
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const source = await find(next.from, next.name)
      if (source === undefined) {
        if (next.isOptional) continue
        throw new Error(`${next.name}, which ${next.from} needs, is not installed`)
      }
      const target = await this.#place(source, next.name, next.by)
      if (target === undefined) continue
      sizes.packages++
      sizes.bytes += await copyPackage(source, target)
      const needs = JSON.parse(await readFile(join(source, "package.json"), "utf8")) as Needs
      for (const [needed, isOptional] of neededBy(needs)) {
        waiting.push({ name: needed, from: source, by: target, isOptional })
      }
    }
    return sizes
  }

  /** Places a package as high as possible: below the package that needs it only where another version has the place. */
  async #place(source: string, name: string, by: string): Promise<string | undefined> {
    const placed = this.#placed.get(source) ?? []
    const high = join(this.#home, "node_modules", name)
    if (placed.includes(high)) return undefined
    const target = (await isThere(high)) ? join(by, "node_modules", name) : high
    if (placed.includes(target)) return undefined
    this.#placed.set(source, [...placed, target])
    return target
  }
}

function neededBy(needs: Needs): Map<string, boolean> {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = needs
  const isOptionalPeer = (name: string): boolean => peerDependenciesMeta[name]?.optional === true
  return new Map([
    ...Object.keys(peerDependencies).flatMap((name) => (isOptionalPeer(name) ? [] : [[name, false] as const])),
    ...Object.keys(dependencies).map((name) => [name, false] as const),
    ...Object.keys(optionalDependencies).map((name) => [name, true] as const),
  ])
}

/** Finds a package as Node does. */
async function find(from: string, name: string): Promise<string | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, "node_modules", name)
    if (await isThere(join(path, "package.json"))) return realpath(path)
    if (folder === dirname(folder)) return undefined
  }
}

/** @returns the bytes of its files */
async function copyPackage(source: string, target: string): Promise<number> {
  let bytes = 0
  await mkdir(target, { recursive: true })
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)]
    if (entry.isDirectory()) {
      if (entry.name !== "node_modules") bytes += await copyPackage(from, to)
    } else if (entry.isFile()) {
      bytes += (await stat(from)).size
      // Links to another disk are not possible.
      await link(from, to).catch(() => copyFile(from, to))
    }
  }
  return bytes
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
