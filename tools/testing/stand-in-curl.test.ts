import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { once } from "node:events"
import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { test } from "node:test"
import { writeStandIn } from "./add-curl.ts"
import { pathOf, without } from "./programs.ts"

/** Arguments of curl as in the documents. */
const LINES = [
  `"$URL/a?b=1" -H "Authorization: Bearer x"`,
  `-sS -X PATCH "$URL/a" -H "Content-Type: application/json" -d '{"text":"磁盘 91%"}'`,
  `-sS -d a=1 "$URL"`,
  `-sS -D - -o out.txt "$URL/a" -H "Content-Type: application/json" -d '{}'`,
  `-sS "$URL" -F type=file -F file=@report.txt`,
  `-sS -w '\\n' "$URL/healthz"`,
  `-sS --max-time 1 "$URL/stream"`,
  `-sS "http://127.0.0.1:9/"`,
]

test(
  "the stand-in for curl asks, prints and ends as curl does, in all that the documents type",
  { skip: without("curl") },
  async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "stand-in-"))
    await writeFile(join(folder.path, "report.txt"), "数字")
    const standIn = await writeStandIn(folder.path)
    const asked: unknown[] = []
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const { authorization, "content-type": type = "" } = request.headers
      const [kind, boundary = "-"] = type.split("boundary=")
      const body = (await text(request)).replaceAll(boundary, "BOUNDARY").replaceAll(/-*BOUNDARY/g, "BOUNDARY")
      asked.push([request.method, request.url, authorization, kind, body.toLowerCase()])
      response.sendDate = false
      response.writeHead(202, { "x-told": "yes" })
      if (request.url === "/stream") response.write("id: 3\n\n")
      else response.end("told")
    }
    await using server = createServer((request, response) => void answer(request, response))
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    for (const line of LINES) {
      const [one, other] = [await type(pathOf("curl"), line), await type(standIn, line)]
      assert.deepEqual(other, one, line)
      assert.deepEqual(asked.at(-1), asked.at(-2), line)
    }
    server.closeAllConnections()

    async function type(curl: string, line: string): Promise<unknown> {
      const file = join(folder.path, "out.txt")
      await writeFile(file, "")
      const { promise, resolve } = Promise.withResolvers<unknown>()
      execFile("sh", ["-c", `"${curl}" ${line}`], { cwd: folder.path, env: { URL: url } }, (error, stdout) =>
        resolve([
          error?.code,
          stdout
            .toLowerCase()
            .split("\r\n")
            .toSorted()
            .filter((each) => !/^(?:connection|keep-alive)/i.test(each)),
        ]),
      )
      return [await promise, await readFile(file, "utf8")]
    }
  },
)
