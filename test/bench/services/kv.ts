// Workers KV in memory, as far as the benchmarks' Workers use it: it speaks what workerd makes of `get`, `put`
// and `delete`. It is not durable, and it forgets everything with its process; Cloudflare's is, and does not.

const values = new Map<string, ArrayBuffer>();

export default {
  async fetch(request) {
    const key = decodeURIComponent(new URL(request.url).pathname.slice(1));
    switch (request.method) {
      case "GET": {
        const value = values.get(key);
        return value === undefined ? new Response(null, { status: 404 }) : new Response(value);
      }
      case "PUT":
        values.set(key, await request.arrayBuffer());
        return new Response();
      case "DELETE":
        values.delete(key);
        return new Response();
    }
    return new Response(null, { status: 501 });
  },
} satisfies ExportedHandler;
