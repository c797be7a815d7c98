/** A form with one file in it, byte for byte as one kind of client writes it. */
export interface UploadForm {
  readonly client: string
  /** The bytes before the file. */
  readonly head: string
  /** The name that receivers should see. */
  readonly filename: string
  /** The encoding of `head`; UTF-8 unless given. */
  readonly encoding?: BufferEncoding
}

const BOUNDARY = "8f3c2b9a7e"

const UPLOAD_FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`

/** The arguments of `fetch` besides the address. */
export function uploadFormOf({ head, encoding = "utf8" }: UploadForm, bytes: Uint8Array) {
  const body = Buffer.concat([Buffer.from(head, encoding), bytes, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)])
  return { method: "POST", body: new Uint8Array(body), headers: { "content-type": UPLOAD_FORM_TYPE } }
}

/** Forms as public clients in Go, Python, PHP, Java and C# write them; WeCom's documents mention only the part `media`. */
export const UPLOAD_FORMS: readonly UploadForm[] = [
  {
    client: "Go, CreateFormFile of a part called file",
    head: part('name="file"; filename="季度报告.txt"', "Content-Type: application/octet-stream"),
    filename: "季度报告.txt",
  },
  {
    client: "Go, a file name with quotes and backslashes",
    head: part(String.raw`name="media"; filename="a \"b\" c\\d.txt"`, "Content-Type: application/octet-stream"),
    filename: String.raw`a "b" c\d.txt`,
  },
  {
    client: "Go, CreateFormFile of a whole path",
    head: part('name="media"; filename="/var/reports/2026/report.txt"', "Content-Type: application/octet-stream"),
    filename: "report.txt",
  },
  {
    client: "Go, CreateFormField: no file name and no type",
    head: part('name="media"'),
    filename: "file",
  },
  {
    client: "Python, requests with a plain name",
    head: part('name="file"; filename="report.txt"'),
    filename: "report.txt",
  },
  {
    client: "Python, an older requests with a name in Chinese",
    head: part("name=\"media\"; filename*=utf-8''%E5%AD%A3%E5%BA%A6%20%E6%8A%A5%E5%91%8A.txt"),
    filename: "季度 报告.txt",
  },
  {
    client: "Python, a form with the type and the name as fields before the file",
    head: `${part('name="type"')}file\r\n${part('name="filename"')}wrong.txt\r\n${part('name="file"; filename="right.txt"')}`,
    filename: "right.txt",
  },
  {
    client: "Python, a file without a name in a part called file",
    head: part('name="file"', "Content-Type: application/octet-stream"),
    filename: "file",
  },
  {
    client: "PHP, contents as a string in the part media, after other fields",
    head: `${part('name="filelength"', "Content-Length: 2")}20\r\n${part('name="media"', "Content-Length: 20")}`,
    filename: "file",
  },
  {
    client: "C#, both forms of a name",
    head: part(`name=media; filename="=?utf-8?B?5oql5ZGKLnR4dA==?="; filename*=utf-8''%E6%8A%A5%E5%91%8A.txt`),
    filename: "报告.txt",
  },
  {
    client: "Java, a name with a blank, without quotes around the part's",
    head: part('name=file; filename="my report.txt"', "Content-Transfer-Encoding: binary"),
    filename: "my report.txt",
  },
  {
    client: "a browser, a quote in the name",
    head: part('name="media"; filename="a%22b.txt"', "Content-Type: text/plain"),
    filename: 'a"b.txt',
  },
  {
    client: "WeCom's own sample, with filelength",
    head: part('name="media";filename="wework.txt"; filelength=20', "Content-Type: application/octet-stream"),
    filename: "wework.txt",
  },
  {
    client: "an old browser, a path of Windows",
    head: part(String.raw`name="media"; filename="C:\reports\report.txt"`, "Content-Type: text/plain"),
    filename: "report.txt",
  },
  {
    client: "a name in GBK",
    head: part('name="media"; filename="\xb1\xa8\xb8\xe6.txt"', "Content-Type: text/plain"),
    encoding: "latin1",
    filename: "\uFFFD\uFFFD\uFFFD\uFFFD.txt",
  },
  {
    client: "a part of another name, and nothing but its name",
    head: part('name="upload[0]"'),
    filename: "file",
  },
  {
    client: "a name that is only dots",
    head: part('name="media"; filename=".."', "Content-Type: text/plain"),
    filename: "file",
  },
]

function part(disposition: string, ...headers: readonly string[]): string {
  return [`--${BOUNDARY}`, `Content-Disposition: form-data; ${disposition}`, ...headers, "", ""].join("\r\n")
}
