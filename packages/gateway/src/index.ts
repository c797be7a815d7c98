export { StorageError } from "./core/storage-error.ts"
export type { StorageErrorCode } from "./core/storage-error.ts"
