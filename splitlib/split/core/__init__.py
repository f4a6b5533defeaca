"""Which frame goes into which split: numbers in, numbers out, numpy alone.

The flow, one module a step:

1. `sizes`: fractions of n frames become whole numbers of frames.
2. `groups`: frames that must stay together (one video frame, a block of video, a video) become
   groups, each with its size and the key that ranks it.
3. `hashing`: that key, a hash of seed, video and number, the same on every machine.
4. `assign`: whole groups go to splits so that the sizes are met; `refine` closes what is left open.
5. `gap`: frames too near to a frame of another split are left out.

A frame is a row of parallel columns: `video`, an index into the list of video keys, and
`frame_idx`, its number in that video. Nothing here depends on the order of the rows or of the
videos. What the columns come from and what happens to the splits is for other modules.
"""
