import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3"
import type { FilesConfig } from "../files-config.ts"
import { S3Bucket } from "../s3-bucket.ts"
import { BucketWay } from "./bucket-way.ts"
import { startOwnObjectServer } from "./own-object-server.ts"
import { freePort } from "../../../../../tools/testing/free-port.ts"
import { pathOf, without } from "../../../../../tools/testing/programs.ts"

/** Why Ceph's gateway cannot be the store here, for `skip`. */
export const noCeph = without("radosgw")

/** The program that keeps the objects. */
export type ObjectServer = "ceph" | "own"

export interface TestBucket extends AsyncDisposable {
  readonly files: FilesConfig
  /** A gateway's settings for this bucket. */
  readonly environment: Readonly<Record<string, string>>
  /** Direct access to everything below the prefix, past the proxy. */
  readonly bucket: S3Bucket
  /** The proxy between the gateways and the bucket. */
  readonly way: BucketWay
  /** Keys of files, without the database's mark. */
  objects(): Promise<readonly string[]>
}

/**
 * A new bucket for each test: in Ceph's gateway, which keeps objects in a file when it has no cluster, or, where Ceph
 * is missing, in a server of the tests that gives the same answers. Each process has at most one server of each kind,
 * which ends with the process.
 */
export async function newBucket(
  changes: Partial<FilesConfig> = {},
  server: ObjectServer = noCeph === false ? "ceph" : "own",
): Promise<TestBucket> {
  const { port } = await (running[server] ??= server === "ceph" ? startCeph() : startOwnObjectServer(CREDENTIALS))
  const way = await BucketWay.to(port)
  const name = `files-${randomBytes(8).toString("hex")}`
  const config = (port: number): FilesConfig => ({
    bucket: name,
    prefix: "media/",
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    pathStyle: true,
    credentials: CREDENTIALS,
    inDatabaseBytes: 1024 * 1024,
    ...changes,
  })
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: CREDENTIALS,
  })
  await client.send(new CreateBucketCommand({ Bucket: name }))
  client.destroy()
  const bucket = new S3Bucket(config(port))
  return {
    files: config(way.port),
    environment: {
      WECOM_PUSH_FILES_URL: `s3://${name}/media`,
      WECOM_PUSH_FILES_ENDPOINT: `http://127.0.0.1:${way.port}`,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    },
    bucket,
    way,
    async objects() {
      const keys: string[] = []
      for await (const objects of bucket.list()) keys.push(...objects.map(({ key }) => key))
      return keys.filter((key) => !key.startsWith("database-"))
    },
    async [Symbol.asyncDispose]() {
      bucket.close()
      await way[Symbol.asyncDispose]()
    },
  }
}

const CREDENTIALS = { accessKeyId: "AKIAOFTHETESTS", secretAccessKey: "a-secret-of-the-tests" }

const running: Partial<Record<ObjectServer, Promise<{ readonly port: number }>>> = {}

async function startCeph(): Promise<{ readonly port: number }> {
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "wecom-push-objects-"))
  const port = await freePort()
  const data = join(folder, "data")
  mkdirSync(data)
  const settings = join(folder, "ceph.conf")
  writeFileSync(
    settings,
    [
      "[global]",
      "fsid = 6f1e4d2c-0d43-4d4e-a52e-3c1f0b3f7f10",
      "mon_host = 127.0.0.1",
      ...["cluster", "service", "client"].map((whose) => `auth_${whose}_required = none`),
      "[client.rgw]",
      "rgw_backend_store = dbstore",
      "rgw_config_store = dbstore",
      `dbstore_db_dir = ${data}`,
      `dbstore_config_uri = file:${join(data, "config.db")}`,
      `rgw_data = ${data}`,
      `rgw_frontends = beast endpoint=127.0.0.1:${port}`,
      `admin_socket = ${join(folder, "admin.sock")}`,
      "",
    ].join("\n"),
  )
  const which = ["-c", settings, "-n", "client.rgw", "--no-mon-config"]
  await makeUser(which)
  const server = spawn(pathOf("radosgw"), [...which, "-f"], { stdio: "ignore" })
  process.once("exit", () => {
    server.kill("SIGKILL")
    rmSync(folder, { recursive: true, force: true })
  })
  // Or the tests' process would wait for it.
  server.unref()
  while (!(await answers(port))) {
    if (server.exitCode !== null) throw new Error("radosgw does not start")
    await sleep(50)
  }
  return { port }
}

/** The command prints the user once it exists, and does not always end after that. */
async function makeUser(which: readonly string[]): Promise<void> {
  const { accessKeyId, secretAccessKey } = CREDENTIALS
  const user = ["user", "create", "--uid=tests", "--display-name=tests"]
  const keys = [`--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`]
  const maker = spawn(pathOf("radosgw", "radosgw-admin"), [...which, ...user, ...keys], {
    stdio: ["ignore", "pipe", "pipe"],
  })
  const ended = once(maker, "exit")
  let printed = ""
  maker.stderr.resume()
  for await (const piece of maker.stdout.setEncoding("utf8")) {
    printed += String(piece)
    if (printed.includes("\n}\n")) break
  }
  maker.kill("SIGKILL")
  await ended
  if (!printed.includes(accessKeyId)) throw new Error("radosgw-admin makes no user")
}

async function answers(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/`)
    return true
  } catch {
    return false
  }
}
