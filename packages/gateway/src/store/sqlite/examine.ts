import { existsSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { refused } from "../finding.ts"
import type { Finding } from "../finding.ts"
import { opensKeyCheck } from "../master-key.ts"
import { SecretBox } from "../secret-box.ts"
import { text } from "../row.ts"
import { inspectDatabase, inspectFiles, inspectFolder } from "./inspect-file.ts"
import { examineSpace } from "./examine-space.ts"
import { LockFile } from "./lock-file.ts"
import { SCHEMA_VERSION, schemaVersion } from "./migrate.ts"
import { refuseMoved } from "./refuse-moved.ts"
import { StartRefusal } from "../../model/start-refusal.ts"

/**
 * Checks a file as a start does, and changes nothing in it; whether a gateway runs on it or not.
 * @param masterKey called only when there is a file
 */
export async function* examineFile(file: string, masterKey: () => Uint8Array): AsyncGenerator<Finding> {
  const folder = await refused("reach", () => inspectFolder(file))
  if (folder !== undefined) {
    yield folder
    return
  }
  if (!existsSync(file)) {
    yield {
      step: "reach",
      state: "ok",
      detail: { en: `${file} is not there yet: the first start makes it`, zh: `${file} 尚不存在，网关首次启动时创建` },
    }
    yield examineSpace(dirname(file))
    return
  }
  using resources = new DisposableStack()
  const lock = lockUnlessRunning(file)
  if (lock !== undefined) {
    resources.use(lock)
    const files = await refused("reach", () => inspectFiles(file, lock))
    if (files !== undefined) {
      yield files
      return
    }
  }
  yield lock === undefined
    ? {
        step: "reach",
        state: "ok",
        detail: { en: `${file} is there; a gateway runs on it`, zh: `${file} 存在，有网关正在使用` },
        isTaken: true,
      }
    : {
        step: "reach",
        state: "ok",
        detail: { en: `${file} is there; no gateway runs on it`, zh: `${file} 存在，没有网关在使用` },
      }
  yield examineSpace(dirname(file))
  const db = resources.adopt(new DatabaseSync(file, { readOnly: true, timeout: 5000 }), (db) => db.close())
  const schema = await refused("schema", () => {
    inspectDatabase(db, file)
    refuseMoved(db, file)
  })
  yield schema ?? schemaOf(schemaVersion(db))
  if (schema !== undefined) return
  yield (
    (await refused("master_key", () => checkKey(db, file, masterKey()))) ?? {
      step: "master_key",
      state: "ok",
      detail: { en: "the one that the secrets are encrypted with", zh: "与加密 Secret 时使用的一致" },
    }
  )
}

function schemaOf(made: number): Finding {
  const detail = {
    en: `whole; schema ${made}, this version works on ${SCHEMA_VERSION}`,
    zh: `完好；结构版本 ${made}，本版本使用 ${SCHEMA_VERSION}`,
  }
  if (made === SCHEMA_VERSION) return { step: "schema", state: "ok", detail }
  const hint = {
    en: "The next start of this version brings it up to date; `wecom-push migrate` does it now.",
    zh: "本版本的网关下次启动时会升级，也可现在执行 wecom-push migrate。",
  }
  return { step: "schema", state: "warning", detail, hint }
}

function checkKey(db: DatabaseSync, file: string, masterKey: Uint8Array): void {
  const row = db.prepare("select value from meta where name = 'master_key_check'").get()
  // One that is damaged is written anew at the next start.
  if (row !== undefined) opensKeyCheck(new SecretBox(masterKey), text(row, "value"), file)
}

function lockUnlessRunning(file: string): LockFile | undefined {
  try {
    return new LockFile(file)
  } catch (error) {
    if (error instanceof StartRefusal && error.code === "locked") return undefined
    throw error
  }
}
