"""What a careful reader says to each of the damaged and hostile files of shared/hostile.

LOADS: it is read and split, and both halves read back. REFUSED: loading is an error, with this in
its message. NOT_SPLIT: it is read, and saving a part of it is an error.
"""

LOADS = """
a00_good a09_trailing a16_flip3_seed5 a17_zero_block b_missing_suggestions_json c04_frames_flat
c05_js_flat c07_frames_extra_col c08_instances_extra_col c09_instances_reordered c11_fmt12_9cols
c12_fmt11_10cols c14_points_f4 c16_bool_u1 c17_tracks_null d07_orphan_instances d08_frames_reversed
d09_frame_id_offset d10_frame_id_all_zero d11_duplicate_frame d15_zero_frames d29_fp_self
d30_fp_cycle d32_fp_minus7 d33_fp_other_frame d34_instance_id_offset d35_instance_id_all_zero
d36_instance_id_reversed d37_inst_frame_id_wrong d40_points_all_nan d41_points_inf e03_md_nan
e08_md_unknown e13_videos_no_backend e14_videos_no_filename e17_tracks_dict e20_tracks_dup
e22_sugg_keys e23_sugg_extra e3_format_id_array f04_gzip_bomb f15_softlink_dangling f21_many
f24_compact g01_missing_video g02_abs_passwd g04_dotdot g05_url g07_long g08_fifo g10_images_100k
g12_self_no_dataset g15_html h00_good_vlen h01_good_fixed h02_not_png h04_zero_len h07_fn_dup
h09_fn_missing h10_fn_float h11_missing_image h13_format_exe h15_no_source h17_png_bomb
h19_ds_number_seq h21_ds_swapped h22_rank4 i01_negative_frames
""".split()

WARNINGS = {
    "d07_orphan_instances": "2 rows of /instances belong to no frame",
    "d15_zero_frames": "21 rows of /instances belong to no frame",
    "h21_ds_swapped": "they are read as positions, as SLEAP does",
    "i01_negative_frames": "2 rows of /negative_frames name no labeled frame",
}

CUT_SHORT = "the file is cut short or damaged, restore a copy"
DAMAGED = "/ cannot be read: .*; restore a copy of the file"
NOT_LABELS = "this is an HDF5 file, but no labels file"
NOT_SAVED = "the file was not saved completely"
NO_DATASET = "is missing; a SLEAP labels file has /metadata, /frames"
TOO_LARGE = "expected a whole number below 2\\*\\*63"

REFUSED = {
    "a01_empty_file": "not a labels file: it is empty",
    "a02_text": "not a labels file: it starts with b'this is '",
    "a03_lfs_pointer": "git-lfs pointer .fetch the file itself with `git lfs pull`",
    "a04_trunc_8": CUT_SHORT,
    "a05_trunc_2048": CUT_SHORT,
    "a06_trunc_50": CUT_SHORT,
    "a07_trunc_90": CUT_SHORT,
    "a08_trunc_last": CUT_SHORT,
    "a10_sig_flip": "not a labels file: it starts with",
    "a11_superblock": CUT_SHORT,
    "a12_flip8_seed1": DAMAGED,
    "a13_flip20_seed2": DAMAGED,
    "a14_flip60_seed3": DAMAGED,
    "a15_flip200_seed4": DAMAGED,
    "a20_gzip": "it is compressed with gzip",
    "a21_directory": "found a directory or a device",
    "a22_fifo": "found a directory or a device",
    "a24_other_hdf5": NOT_LABELS,
    "b_missing_metadata": NOT_LABELS,
    "b_missing_videos_json": f"/videos_json is missing; {NOT_SAVED}",
    "b_missing_tracks_json": f"/tracks_json is missing; {NOT_SAVED}",
    "b_missing_frames": f"/frames {NO_DATASET}",
    "b_missing_instances": f"/instances {NO_DATASET}",
    "b_missing_points": f"/points {NO_DATASET}",
    "b_missing_pred_points": f"/pred_points {NO_DATASET}",
    "b_missing_md_json": f"/metadata has no attribute 'json'; {NOT_SAVED}",
    "b_missing_format_id": f"/metadata has no attribute 'format_id'; {NOT_SAVED}",
    "c01_frames_group": "/frames is expected to be a dataset, it is a Group",
    "c03_frames_rank2": "/frames has no column 'frame_id'; expected a table of .* shape .10, 1",
    "c19_fp_u8": f"/instances row 0: from_predicted is 18446744073709551615, {TOO_LARGE}",
    "d01_inst_end_oob": "/frames row 9: .* instance_id_end is 1000000, but /instances has 21 rows",
    "d02_inst_start_oob": "/frames row 1: instance_id_start is 1000000 and instance_id_end is 4",
    "d03_inst_start_gt_end": "/frames row 1: instance_id_start is 4 and instance_id_end is 2",
    "d04_inst_start_u64max": f"/frames row 0: instance_id_start is 18446744.*, {TOO_LARGE}",
    "d05_inst_end_u64max": f"/frames row 0: instance_id_end is 18446744.*, {TOO_LARGE}",
    "d06_shared_ranges": "/frames row 1: instance_id range shares rows with that of row 0",
    "d12_video_oob": "/frames row 0: video is 99, but there are 1 videos",
    "d13_video_u32max": "/frames row 0: video is 4294967295, but there are 1 videos",
    "d14_frame_idx_huge": f"/frames row 0: frame_idx is 9223372036854775813, {TOO_LARGE}",
    "d20_point_end_oob": "/instances row 0: .* point_id_end is 10000000, but /points has 18 rows",
    "d21_point_start_u64max": f"/instances row 0: point_id_start is 1844674.*, {TOO_LARGE}",
    "d22_point_start_gt_end": "/instances row 0: point_id_start is 2 and point_id_end is 0",
    "d23_points_too_few": "/instances row 0: has 1 points, but its skeleton has 2 nodes",
    "d24_points_too_many": "/instances row 1: point_id range shares rows with that of row 0",
    "d25_instance_type_7": "/instances row 0: instance_type is 7, expected 0 .user. or 1",
    "d26_skeleton_oob": "/instances row 0: skeleton is 5, but there are 1 skeletons",
    "d27_track_oob": "/instances row 0: track is 999, but there are 0 tracks",
    "d28_track_minus5": "/instances row 0: track is -5, but there are 0 tracks",
    "d31_fp_oob": "/instances row 0: from_predicted is 1000000000, but there are 21 instances",
    "d42_points_short": "/instances row 4: .* point_id_end is 10, but /points has 9 rows",
    "d43_instances_short": "/frames row 4: .* instance_id_end is 11, but /instances has 10 rows",
    "d44_instances_empty": "/frames row 0: .* instance_id_end is 2, but /instances has 0 rows",
    "e01_md_cut": "/metadata json is no JSON: Expecting .* line 1 column",
    "e05_no_skeletons": "/instances row 0: skeleton is 0, but there are 0 skeletons",
    "e07_nodes_dict": "the skeletons in /metadata json are malformed: .*; expected node-link graphs",
    "e09_md_number": "/metadata json is expected to be an object, found 42",
    "e10_videos_bad": "/videos_json row 0 is no JSON: Expecting property name",
    "e12_videos_list": "/videos_json row 0 is .1, 2., expected an object",
    "e16_no_videos": "/frames row 0: video is 0, but there are 0 videos",
    "e19_tracks_not_utf8": "/tracks_json row 0 is no JSON: 'utf-8' codec can't decode byte 0xff",
    "e3_format_id_99": "the format is 99.0, newer than 2.8, .*; update splitlib, or save the labels",
    "e3_format_id_3": "the format is 3.0, newer than 2.8, .*; update splitlib, or save the labels",
    "e3_format_id_str": "/metadata format_id is '1.2', expected a number from 1.0 on",
    "e3_format_id_nan": "/metadata format_id is nan, expected a number from 1.0 on",
    "e3_format_id_neg": "/metadata format_id is -1.0, expected a number from 1.0 on",
    "e3_format_id_05": "/metadata format_id is 0.5, expected a number from 1.0 on",
    "f01_huge_frames": "/frames claims 1,099,511,627,776 rows .* but 0 bytes are stored",
    "f03_huge_videos": "/videos_json claims 1,000,000,000 rows .* but 0 bytes are stored",
    "f05_extlink_missing": "/frames is a link into another file; only plain files",
    "f07_extlink_passwd": "/extra is a link into another file; only plain files",
    "f08_extstore_unknown": "/notes keeps its bytes in another file .external storage.",
    "f10_extstore_points": "/points keeps its bytes in another file .external storage.",
    "f11_vds_missing": "/frames is put together from other files .a virtual dataset.",
    "f13_softlink_cycle": "/frames cannot be read: .*too many links",
    "f17_alias": "/instances has no column 'instance_id'; expected a table of .* found frame_id",
    "f18_unknown_filter": "/points is compressed with HDF5 filter 32123 .*, which is not installed",
    "f22_swmr_flag": CUT_SHORT,
    "g13_dataset_is_frames": "/frames is expected to hold images .*, found .*frame_id",
    "h05_fn_short": "/video0/frame_numbers is expected to hold one number per image of /video0/video"
    " .10., found the shape .8,",
    "h14_source_bad": "/video0/source_video json is no JSON",
    "i14_video_crop_bad": "/video_crops is no JSON",
    "i15_provenance_bad": "/provenance_json is no JSON",
}

BY_ROW = "refer to frames or instances by row, and splitting them is not supported"

NOT_SPLIT = {
    "f19_odd_types": "/odd/re[fg] holds references to other objects of the file",
    "i02_mask_rle_oob": "/masks instance: 1000000 is past the end",  # which is so as well
    "i04_mask_instance_oob": "/masks instance: 1000000 is past the end of its table of 21 rows",
    "i06_identity_links_oob": f"/identity .format 1.2. {BY_ROW}",
    "i07_identity_meta_owner_oob": f"/identity .format 1.2. {BY_ROW}",
    "i09_session_lf_oob": "/sessions_json names labeled frame 9999, but /frames has 10 rows",
    "i10_session_video_oob": "/sessions_json names labeled frame 9999, but /frames has 10 rows",
    "i12_label_image_oob": f"/label_images .format 1.2. {BY_ROW}",
    "i17_bboxes_ragged": "/bboxes is expected to have the columns video and frame_idx",
}

EVERY = [*LOADS, *REFUSED, *NOT_SPLIT]
