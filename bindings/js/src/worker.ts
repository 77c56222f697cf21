// The module worker: a host behind a message port.
import { Host } from './host.js';
import { parentPort } from './platform.js';

const port = parentPort();
const host = new Host((message, transfer) => port.post(message, transfer));
port.listen(
  (message) => host.receive(message),
  () => {},
);
