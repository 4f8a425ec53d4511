// A shop's receiver: takes a notice only where its signature is true. The secret is the first argument.
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.argv[2]);

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    const event = webhook.verify(Buffer.concat(chunks), request.headers);
    process.stdout.write(JSON.stringify({ took: event.type }) + "\n");
    response.writeHead(204).end();
  } catch (error) {
    process.stdout.write(JSON.stringify({ refused: error.message }) + "\n");
    response.writeHead(400).end();
  }
});
server.listen(0, "127.0.0.1", () => process.stdout.write(JSON.stringify({ port: server.address().port }) + "\n"));
