import type { FilesConfig } from "./files-config.ts"

/** As in `s3://bucket/prefix at http://127.0.0.1:9000`. */
export function shownBucket({ bucket, prefix, endpoint }: FilesConfig): string {
  const name = `s3://${bucket}${prefix === "" ? "" : `/${prefix.slice(0, -1)}`}`
  return endpoint === undefined ? name : `${name} at ${endpoint}`
}
