/** Answers in plain text that need nothing of Express: refusals and errors. */
import type { ServerResponse } from 'node:http';

type Headers = Readonly<Record<string, string>>;

export function answerPlain(response: ServerResponse, status: number, text: string, headers: Headers = {}): void {
  sendPlain(response, status, text, { 'Cache-Control': 'no-store', ...headers });
}

/** For what no cache would keep anyway. */
export function sendPlain(response: ServerResponse, status: number, text: string, headers: Headers = {}): void {
  const body = Buffer.from(`${text}\n`);
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': body.length,
    ...headers,
  });
  response.end(body);
}
