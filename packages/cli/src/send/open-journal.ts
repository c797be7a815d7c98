import { closeSync, constants, fchmodSync, fstatSync, openSync, readFileSync, realpathSync, statSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import type { Language } from "@wecom-push/protocol"
import { CommandError } from "../command-error.ts"
import type { Context } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import { codeOf } from "../read-text.ts"
import { say } from "../texts.ts"
import { Journal } from "./journal.ts"
import { JournalFile } from "./journal-file.ts"
import { JournalReader, readHead } from "./journal-format.ts"
import type { JournalHead } from "./journal-format.ts"
import { lockBeside } from "./lock-beside.ts"

export interface JournalWish {
  /** As the user wrote it. */
  readonly file: string
  readonly head: JournalHead
  /** True: nothing is sent, so nothing is written. */
  readonly isDryRun: boolean
}

/**
 * Opens the journal of a send, or starts a new one.
 * @throws {CommandError} exit 2, when it cannot be used for this send
 */
export function openJournal({ file, head, isDryRun }: JournalWish, { io, language }: Context): Journal {
  const place = new JournalPlace(resolve(io.cwd, file), file, language)
  return isDryRun ? place.look(head) : place.open(head)
}

class JournalPlace {
  readonly #path: string
  /** As the user wrote it. */
  readonly #file: string
  readonly #language: Language

  constructor(path: string, file: string, language: Language) {
    this.#path = realPath(path)
    this.#file = file
    this.#language = language
  }

  /** Reads it without a lock: another run may write at the same time without harm. */
  look(head: JournalHead): Journal {
    return new Journal(this.#exists() ? this.#read(this.#path, head).lines : new JournalReader())
  }

  open(head: JournalHead): Journal {
    this.#exists()
    const lock = this.#lock()
    let fd: number | undefined
    try {
      fd = this.#openFile()
      const { lines, length } = this.#read(fd, head)
      const file = new JournalFile(this.#path, fd, length, lock)
      this.#trying(() => file.begin(head))
      return new Journal(lines, file)
    } catch (error) {
      if (fd !== undefined) closeSync(fd)
      lock[Symbol.dispose]()
      throw error
    }
  }

  /** Whether there is a file; throws when it cannot be a journal. */
  #exists(): boolean {
    const file = this.#file
    const stats = this.#trying(() => statSync(this.#path, { throwIfNoEntry: false }))
    if (stats === undefined) return false
    if (stats.isDirectory()) throw this.#refusal(say(this.#language, "fileIsDirectory", { file }))
    if (!stats.isFile()) throw this.#refusal(say(this.#language, "journalNotPlain", { file }))
    if (isOfOther(stats.uid)) throw this.#refusal(say(this.#language, "journalOfOther", { file }))
    return true
  }

  #lock(): Disposable {
    const lock = this.#trying(() => lockBeside(this.#path))
    if (lock === undefined) throw this.#refusal(say(this.#language, "journalInUse", { file: this.#file }))
    return lock
  }

  #openFile(): number {
    return this.#trying(() => {
      const fd = openSync(this.#path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600)
      // The file holds phone numbers, so its rights are corrected, whatever they were.
      if ((fstatSync(fd).mode & 0o077) !== 0) fchmodSync(fd, 0o600)
      return fd
    })
  }

  #read(from: string | number, head: JournalHead): { readonly lines: JournalReader; readonly length: number } {
    const bytes = this.#trying(() => readFileSync(from))
    const lines = new JournalReader()
    // A line without its end was cut off while it was written: the call that it announces was not made.
    const length = bytes.lastIndexOf(LINE_END) + 1
    if (length === 0 && bytes.length > 0 && !isTornHead(bytes)) throw this.#noJournal()
    let number = 0
    for (let start = 0; start < length;) {
      const end = bytes.indexOf(LINE_END, start)
      number += 1
      const line = parsed(bytes.toString("utf8", start, end))
      if (number === 1) this.#compare(readHead(line), head)
      else if (!lines.take(line)) {
        throw this.#refusal(say(this.#language, "journalBadLine", { file: this.#file, line: number }))
      }
      start = end + 1
    }
    lines.end()
    return { lines, length }
  }

  #compare(found: JournalHead | undefined, given: JournalHead): void {
    const language = this.#language
    if (found === undefined) throw this.#noJournal()
    const differences = [
      ...(found.corpId === given.corpId
        ? []
        : [say(language, "journalOtherCorp", { found: found.corpId, given: given.corpId })]),
      ...(found.agentId === given.agentId
        ? []
        : [say(language, "journalOtherApp", { found: found.agentId, given: given.agentId })]),
      ...(found.content === given.content ? [] : [say(language, "journalOtherContent")]),
    ]
    if (differences.length === 0) return
    const what = differences.join(language === "zh" ? "；" : "; ")
    throw this.#refusal(say(language, "journalOfAnotherSend", { file: this.#file, what }))
  }

  #noJournal(): CommandError {
    return this.#refusal(say(this.#language, "notAJournal", { file: this.#file }))
  }

  #trying<T>(task: () => T): T {
    try {
      return task()
    } catch (error) {
      const file = this.#file
      const what = reasonOf(error)
      if (what === "ENOENT" || what === "ENOTDIR") {
        throw this.#refusal(say(this.#language, "journalNoFolder", { file }))
      }
      if (what === "EACCES" || what === "EPERM" || what === "EROFS") {
        throw this.#refusal(say(this.#language, "journalForbidden", { file }))
      }
      throw this.#refusal(say(this.#language, "journalUnusable", { file, what }))
    }
  }

  #refusal(message: string): CommandError {
    const faults = [{ path: "--resume", message }]
    return new CommandError("invalid_input", exitCode.usage, say(this.#language, "oneFault"), { faults })
  }
}

const LINE_END = 10

/** The system's code for the error. SQLite, which locks the file, has only one code for all errors. */
function reasonOf(error: unknown): string {
  const code = codeOf(error)
  return code === undefined || code === "ERR_SQLITE_ERROR" ? messageOf(error) : code
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The path with links resolved, so that one journal has one lock. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    // The file does not exist yet, or cannot be read: opening it will show which.
  }
  try {
    return join(realpathSync(dirname(path)), basename(path))
  } catch {
    return path
  }
}

/** The owner of the file could decide which recipients get nothing. */
function isOfOther(uid: number): boolean {
  const own = process.geteuid?.()
  return own !== undefined && own !== 0 && uid !== own
}

const HEAD_BEGINS = '{"journal":"wecom-push send"'

/** The power failed while the first line of a new journal was written. */
function isTornHead(bytes: Buffer): boolean {
  const text = bytes.toString("utf8", 0, 1000)
  return HEAD_BEGINS.startsWith(text) || (bytes.length < 1000 && text.startsWith(HEAD_BEGINS))
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
