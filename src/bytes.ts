// Small helpers on bytes that every room uses: bounded reading, digests, comparison in constant time.

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** UTF-8 bytes of a text; a lone surrogate becomes U+FFFD. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text that UTF-8 stands for, without its byte order mark. Throws where the bytes are no UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  return strictDecoder.decode(bytes);
}

/** Bytes of UTF-8 that a code unit of a text takes at most. */
const MAX_BYTES_PER_UNIT = 3;

/** Whether a text has at most so many bytes of UTF-8; of most their length says so already. */
export function fitsInUtf8(text: string, maxBytes: number): boolean {
  return text.length * MAX_BYTES_PER_UNIT <= maxBytes || utf8(text).byteLength <= maxBytes;
}

/** Lower-case hex digits of some bytes. */
export function toHex(bytes: Uint8Array): string {
  return bytes.toHex();
}

/** SHA-256 of a text's UTF-8 bytes, as 64 hex digits. */
export async function sha256Hex(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))));
}

/**
 * Whether two secrets are equal, in a time that depends on neither.
 * Digests are compared, because `timingSafeEqual` throws on unequal lengths.
 */
export async function secretsEqual(left: string, right: string): Promise<boolean> {
  const [a, b] = await Promise.all([
    crypto.subtle.digest("SHA-256", utf8(left)),
    crypto.subtle.digest("SHA-256", utf8(right)),
  ]);
  return crypto.subtle.timingSafeEqual(a, b);
}

/** What a bounded read gave: at most `maxBytes` bytes, and whether there was more. */
export interface BoundedRead {
  readonly bytes: Uint8Array;
  readonly truncated: boolean;
}

/**
 * Reads at most `maxBytes` of a stream and cancels what is beyond them, so that no sender can make
 * the relay buffer more, whatever its `content-length` said. Rejects when the stream fails.
 *
 * How many bytes were `announced` is taken for a hint: where it is right, the platform fills one buffer and
 * comes back once, at the end of the stream.
 */
export async function readAtMost(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  announced: number = 0,
): Promise<BoundedRead> {
  if (stream === null) return { bytes: new Uint8Array(), truncated: false };
  const chunks: Uint8Array[] = [];
  let length = 0;
  const filler = announced > 0 ? byteReader(stream) : null;
  if (filler !== null) {
    const size = Math.min(announced, maxBytes) + 1;
    const { value = new Uint8Array() } = await filler.readAtLeast(size, new Uint8Array(size));
    if (value.byteLength < size) return { bytes: value, truncated: false };
    chunks.push(value);
    length = size;
    filler.releaseLock();
  }
  const reader = stream.getReader();
  while (length <= maxBytes) {
    const { done, value } = await reader.read();
    if (done) return { bytes: concatenate(chunks, length), truncated: false };
    chunks.push(value);
    length += value.byteLength;
  }
  // The sender may be gone already; either way nothing more is read.
  await reader.cancel().catch(() => undefined);
  return { bytes: concatenate(chunks, length).slice(0, maxBytes), truncated: true };
}

/** A reader that fills buffers; `null` for a stream that is JavaScript's own, and no stream of bytes. */
function byteReader(stream: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return stream.getReader({ mode: "byob" });
  } catch {
    return null;
  }
}

/** One array of `length` bytes from several chunks. */
export function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return all;
}
