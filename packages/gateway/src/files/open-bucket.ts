import type { FilesConfig } from "./files-config.ts"
import type { Bucket } from "./bucket.ts"

/** The client is loaded only where a bucket is named. */
export async function openBucket(
  files: FilesConfig,
): Promise<{ readonly bucket: Bucket; readonly inDatabaseBytes: number }> {
  const { S3Bucket } = await import("./s3-bucket.ts")
  return { bucket: new S3Bucket(files), inDatabaseBytes: files.inDatabaseBytes }
}
