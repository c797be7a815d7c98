// Writes `repository`, `homepage` and `bugs` of the workspace's package.json into each published package.
import { readFile, writeFile } from "node:fs/promises"
import { join, relative, resolve } from "node:path"
import { addressIn } from "./package-contents.ts"
import { packageFolders } from "./packed-command.ts"

const root = resolve(import.meta.dirname, "..")
const read = async (folder: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Record<string, unknown>

const workspace = await read(root)
for (const folder of await packageFolders()) {
  const { repository: _repository, homepage: _homepage, bugs: _bugs, ...manifest } = await read(folder)
  const { name, version, description, keywords, ...others } = manifest
  const address = addressIn(workspace, relative(root, folder))
  const written = { name, version, description, keywords, ...address, ...others }
  await writeFile(join(folder, "package.json"), `${JSON.stringify(written, null, 2)}\n`)
}
