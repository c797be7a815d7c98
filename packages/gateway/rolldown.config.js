// Turns the compiled gateway into a handful of files. A gateway is started again after each crash, and its threads
// load 500 small files without this; see docs/decisions/0004.
import { notices } from "../../tools/bundle-notices.js"
import { readSourceMaps } from "../../tools/read-source-maps.js"
import { takeBuiltinsDirectly } from "../../tools/take-builtins-directly.js"

/** Of many small files each, and loaded by every start. */
const joined = ["fastify-type-provider-zod", "kysely", "libphonenumber-js", "zod"]
/**
 * What only a gateway on PostgreSQL loads: joined, so that other users do not install it. Everything else from the registry
 * stays a dependency.
 */
const joinedForPostgres = [
  "cron-parser",
  "luxon",
  "non-error",
  "pg",
  "pg-boss",
  "pg-connection-string",
  "pg-int8",
  "pg-pool",
  "pg-protocol",
  "pg-types",
  "pgpass",
  "postgres-array",
  "postgres-bytea",
  "postgres-date",
  "postgres-interval",
  "rrule-temporal",
  "serialize-error",
  "split2",
  "xtend",
]

/** What only a gateway with a bucket loads, which is on PostgreSQL too. */
const joinedForBucket = [
  "@aws-sdk/checksums",
  "@aws-sdk/client-s3",
  "@aws-sdk/core",
  "@aws-sdk/credential-provider-env",
  "@aws-sdk/credential-provider-http",
  "@aws-sdk/credential-provider-ini",
  "@aws-sdk/credential-provider-login",
  "@aws-sdk/credential-provider-node",
  "@aws-sdk/credential-provider-process",
  "@aws-sdk/credential-provider-sso",
  "@aws-sdk/credential-provider-web-identity",
  "@aws-sdk/middleware-sdk-s3",
  "@aws-sdk/nested-clients",
  "@aws-sdk/signature-v4-multi-region",
  "@aws-sdk/token-providers",
  "@aws-sdk/types",
  "@aws-sdk/xml-builder",
  "@aws/lambda-invoke-store",
  "@smithy/core",
  "@smithy/credential-provider-imds",
  "@smithy/fetch-http-handler",
  "@smithy/node-http-handler",
  "@smithy/signature-v4",
  "@smithy/types",
  "bowser",
  "tslib",
]

/** What only `/mcp` and `wecom-push mcp` load. */
const joinedForMcp = ["@modelcontextprotocol/core", "@modelcontextprotocol/server"]
/** What is inside of those. */
const insideMcp = [{ name: "content-type", text: "MIT, Douglas Christopher Wilson" }]
/** What only a gateway that is traced loads, and pg-boss. */
const joinedForTraces = ["@opentelemetry/api"]
/** What the thread of templates loads. */
const joinedForTemplates = ["liquidjs"]
const allJoined = [
  ...joined,
  ...joinedForTemplates,
  ...joinedForPostgres,
  ...joinedForBucket,
  ...joinedForMcp,
  ...joinedForTraces,
]
/** The script of the API page is its bundle, laid beside ours by tools/write-api-page.ts. */
const apiPage = "@scalar/fastify-api-reference"

export default {
  input: {
    index: "build/index.js",
    mcp: "build/doors/mcp/index.js",
    // Beside the file that starts them, as in the sources; see src/threads/worker-thread.ts.
    "sending-thread": "build/channels/app-message/sending-thread.js",
    "large-body-worker": "build/doors/large-bodies/large-body-worker.js",
    "migrate-thread": "build/store/sqlite/migrate-thread.js",
    "template-thread": "build/accept/templates/template-thread.js",
    "checkpoint-thread": "build/store/sqlite/checkpoint-thread.js",
    sqlite: "build/store/sqlite/open.js",
    postgres: "build/store/postgres/open.js",
  },
  cwd: import.meta.dirname,
  platform: "node",
  external: isExternal,
  plugins: [
    storeApart(),
    withoutValidator(),
    readSourceMaps(),
    takeBuiltinsDirectly(),
    notices([...allJoined, apiPage], insideMcp),
  ],
  output: {
    dir: "dist",
    cleanDir: true,
    comments: { legal: true },
    sourcemap: true,
    chunkFileNames: "[name].js",
  },
}

function isExternal(specifier) {
  if (specifier.startsWith(".") || specifier.startsWith("/")) return false
  return !["@wecom-push/protocol", "@wecom-push/sdk", ...allJoined].some(
    (name) => specifier === name || specifier.startsWith(`${name}/`),
  )
}

/** The stores are imported from files of their own and by name, so that the kill tests can put a broken one in its place. */
function storeApart() {
  return {
    name: "store-apart",
    resolveId(specifier, importer) {
      const kind = importer === undefined ? undefined : /\/store\/(sqlite|postgres)\/open\.js$/.exec(specifier)?.[1]
      return kind === undefined ? null : { id: `./${kind}.js`, external: true }
    },
  }
}

/** The library of MCP brings a validator of JSON schemas, a third of it, in place of which we give it our own. */
function withoutValidator() {
  const id = "\0mcp-shims"
  return {
    name: "without-validator",
    resolveId: (source) => (source === "@modelcontextprotocol/server/_shims" ? id : null),
    load: (loaded) =>
      loaded === id ? "export const { process } = globalThis\nexport class DefaultJsonSchemaValidator {}\n" : null,
  }
}
