// ONNX Runtime's side of row 10: one request a line on stdin, one answer a line on stdout. Needs onnxruntime-node.
//   load NAME THREADS SIDE FOLDER OUTPUT   writes the logits of the image NAME.in; answers "ready"
//   run COUNT                              milliseconds of each of so many inferences
'use strict';
const fs = require('fs');
const ort = require('onnxruntime-node');

let session, feeds;

async function answer(line) {
  const [request, ...words] = line.split(' ');
  if (request === 'load') {
    const [name, threads, side, folder, output] = words;
    session = await ort.InferenceSession.create(`${folder}/${name}.onnx`, {
      intraOpNumThreads: Number(threads), interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all'});
    const bytes = fs.readFileSync(`${folder}/${name}.in`);
    const pixels = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    feeds = {[session.inputNames[0]]: new ort.Tensor('float32', pixels, [1, 3, Number(side), Number(side)])};
    const logits = (await session.run(feeds))[session.outputNames[0]].data;
    fs.writeFileSync(output, Buffer.from(logits.buffer, logits.byteOffset, logits.byteLength));
    return 'ready onnxruntime ' + require('onnxruntime-node/package.json').version;
  }
  const times = [];
  for (let i = 0; i < Number(words[0]); ++i) {
    const start = process.hrtime.bigint();
    await session.run(feeds);
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  return times.join(' ');
}

(async () => {
  for await (const line of require('readline').createInterface({input: process.stdin})) {
    try {
      console.log(await answer(line));
    } catch (error) {
      console.log('error ' + error.message.split('\n')[0]);
      process.exit(1);
    }
  }
})();
