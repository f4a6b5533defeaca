"""Which frame goes into which split: numbers in, numbers out, numpy alone.

One module does one step:

1. `sizes` turns fractions of n frames into whole numbers of frames.
2. `groups` and `track_groups` join frames that must stay together (the rows of one video frame, a
   block of video, a video, a track) into groups. Each group has a size and a key that ranks it.
3. `hashing` makes that key: a hash of seed, video and number, the same on every machine.
4. One of these gives each group a split:
   - `exact` meets the sizes with whole groups, and `refine` closes what is left open;
   - `strata` makes the splits alike, with `profiles`, `placement` and `swaps`;
   - `stable` looks at the key alone;
   - `folds` makes test folds;
   - `lock` keeps what an earlier split decided.
5. `gap` leaves out frames that are too near to a frame of another split.

A frame is a row of parallel columns: `video`, an index into the list of video keys, and
`frame_idx`, its number in that video. No result depends on the order of the rows or of the videos.
Other modules make the columns and use the splits.
"""
