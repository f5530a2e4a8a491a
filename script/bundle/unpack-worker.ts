import '../../src/layer/unpack-worker.ts'
