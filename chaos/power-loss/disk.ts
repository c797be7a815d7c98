import type { Random } from "../lib/random.ts"
import type { Operation } from "./operations.ts"

type Change = Extract<Operation, { kind: "write" | "truncate" }>
type Naming = Extract<Operation, { kind: "create" | "unlink" | "rename" | "link" }>

/** A file, independent of its names: the content that is certainly on the disk, and the changes that may be. */
interface Inode {
  readonly durable: Content
  readonly changes: Unsynced<Change>
}

/**
 * A disk that loses its power. Changes from before the start of a finished sync are kept. Of all other changes, any part may
 * be kept: a write as a whole, not at all, or some of its 512-byte sectors; changes of names, up to some moment.
 */
export class Disk {
  /** The names as the process sees them. */
  readonly #names = new Map<string, Inode>()
  readonly #durableNames = new Map<string, Inode>()
  readonly #namings = new Unsynced<{ readonly naming: Naming; readonly inode: Inode | undefined }>()
  /** For each thread, the function that makes the changes before its sync durable once the sync is done. */
  readonly #syncs = new Map<number, () => void>()

  apply(operation: Operation): void {
    switch (operation.kind) {
      case "write":
      case "truncate":
        this.#inode(operation.file).changes.add(operation)
        break
      case "sync_begins":
        this.#syncs.set(operation.thread, this.#sync(operation.file))
        break
      case "sync_done":
        this.#syncs.get(operation.thread)?.()
        break
      case "create":
        this.#name(operation, { durable: new Content(), changes: new Unsynced() })
        break
      case "unlink":
      case "rename":
      case "link":
        this.#name(operation, undefined)
        break
      case "marker":
        break
    }
  }

  /** A possible state of the files after the power is back. Valid until the next operation is applied. */
  afterPowerLoss(random: Random): Map<string, Buffer> {
    const names = new Map(this.#durableNames)
    const namings = this.#namings.list
    const kept = random.integer(0, namings.length)
    for (const { naming, inode } of namings.slice(0, kept)) rename(names, naming, inode)
    return new Map([...names].map(([name, inode]) => [name, partOf(inode, random)]))
  }

  #inode(file: string): Inode {
    const known = this.#names.get(file)
    if (known !== undefined) return known
    throw new Error(`${file} was changed and never created`)
  }

  #name(naming: Naming, inode: Inode | undefined): void {
    rename(this.#names, naming, inode)
    this.#namings.add({ naming, inode })
  }

  /** @returns a function to call at the end of the sync */
  #sync(file: string | undefined): () => void {
    if (file === undefined) {
      const covered = this.#namings.end
      return () => {
        for (const { naming, inode } of this.#namings.takeTo(covered)) rename(this.#durableNames, naming, inode)
      }
    }
    const { changes, durable } = this.#inode(file)
    const covered = changes.end
    return () => {
      for (const change of changes.takeTo(covered)) durable.change(change)
    }
  }
}

/** Changes that are not durable yet; their positions count from the first change ever. */
class Unsynced<T> {
  #list: T[] = []
  #taken = 0

  get list(): readonly T[] {
    return this.#list
  }

  get end(): number {
    return this.#taken + this.#list.length
  }

  add(one: T): void {
    this.#list.push(one)
  }

  takeTo(end: number): T[] {
    const taken = this.#list.splice(0, Math.max(0, end - this.#taken))
    this.#taken += taken.length
    return taken
  }
}

function rename(names: Map<string, Inode>, naming: Naming, created: Inode | undefined): void {
  const inode = created ?? names.get(naming.file)
  if (naming.kind !== "link") names.delete(naming.file)
  if (inode === undefined) return
  if (naming.kind === "create") names.set(naming.file, inode)
  if (naming.kind === "rename" || naming.kind === "link") names.set(naming.to, inode)
}

function partOf({ durable, changes }: Inode, random: Random): Buffer {
  // This is so for most files, and most bytes.
  if (changes.list.length === 0) return durable.bytes
  const content = durable.copy()
  for (const change of changes.list) {
    const left = random.weighted({ kept: 4, dropped: 4, torn: 2 })
    if (left === "kept" || (left === "torn" && change.kind === "truncate")) content.change(change)
    else if (left === "torn" && change.kind === "write") {
      for (const sector of sectorsOf(change)) if (random.chance(0.5)) content.change(sector)
    }
  }
  return content.bytes
}

const SECTOR_BYTES = 512

/** The same write in sectors: a disk writes a sector completely or not at all. */
function sectorsOf({ file, offset, data }: Extract<Change, { kind: "write" }>): Change[] {
  const sectors: Change[] = []
  for (let from = 0; from < data.length;) {
    const to = Math.min(data.length, from + SECTOR_BYTES - ((offset + from) % SECTOR_BYTES))
    sectors.push({ kind: "write", file, offset: offset + from, data: data.subarray(from, to) })
    from = to
  }
  return sectors
}

/** The content of a file. Its buffer doubles when it is full, since logs grow by a page at a time. */
class Content {
  #space: Buffer
  #length: number

  constructor(space: Buffer = Buffer.alloc(0), length = 0) {
    this.#space = space
    this.#length = length
  }

  get bytes(): Buffer {
    return this.#space.subarray(0, this.#length)
  }

  copy(): Content {
    return new Content(Buffer.from(this.bytes), this.#length)
  }

  change(change: Change): void {
    if (change.kind === "truncate") return this.#resize(change.length)
    const end = change.offset + change.data.length
    if (end > this.#length) this.#resize(end)
    change.data.copy(this.#space, change.offset)
  }

  /** New bytes are zeros, as in a file with a hole. */
  #resize(length: number): void {
    if (length > this.#space.length) {
      const larger = Buffer.alloc(Math.max(length, this.#space.length * 2))
      this.#space.copy(larger, 0, 0, this.#length)
      this.#space = larger
    } else if (length > this.#length) this.#space.fill(0, this.#length, length)
    this.#length = length
  }
}
