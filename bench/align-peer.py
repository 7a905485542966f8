"""Aligns recordings with scores by synctoolbox, with the settings of its notebook of audio and score.

Reads a line of JSON for each: the recording, the score's notes as [start, duration, pitch] and the times
in the score that are asked for. Answers each with a line: the times in the recording, and the seconds that
it took. Begins with an empty line once everything is loaded. synctoolbox imports some packages for
pictures and MIDI files that nothing here needs: where they are missing, an empty one takes their place.
"""

import contextlib
import json
import sys
import time
import types

for name in ["IPython", "IPython.display", "music21", "pretty_midi"]:
    try:
        __import__(name)
    except ImportError:
        sys.modules[name] = types.ModuleType(name)

import librosa
import numpy as np
import pandas as pd
from scipy.interpolate import interp1d
from synctoolbox.dtw.mrmsdtw import sync_via_mrmsdtw
from synctoolbox.dtw.utils import (
    compute_optimal_chroma_shift,
    make_path_strictly_monotonic,
    shift_chroma_vectors,
)
from synctoolbox.feature.chroma import (
    pitch_to_chroma,
    quantize_chroma,
    quantized_chroma_to_CENS,
)
from synctoolbox.feature.csv_tools import df_to_pitch_features, df_to_pitch_onset_features
from synctoolbox.feature.dlnco import pitch_onset_features_to_DLNCO
from synctoolbox.feature.pitch import audio_to_pitch_features
from synctoolbox.feature.pitch_onset import audio_to_pitch_onset_features
from synctoolbox.feature.utils import estimate_tuning

SAMPLE_RATE = 22050
FEATURE_RATE = 50


def features(pitch, onsets):
    chroma = quantize_chroma(f_chroma=pitch_to_chroma(f_pitch=pitch))
    decaying = pitch_onset_features_to_DLNCO(
        f_peaks=onsets, feature_rate=FEATURE_RATE, feature_sequence_length=chroma.shape[1]
    )
    return chroma, decaying


def align(recording, notes, times):
    audio, _ = librosa.load(recording, sr=SAMPLE_RATE)
    tuning = estimate_tuning(audio, SAMPLE_RATE)
    heard = {"f_audio": audio, "Fs": SAMPLE_RATE, "tuning_offset": tuning}
    chroma, onsets = features(
        audio_to_pitch_features(**heard, feature_rate=FEATURE_RATE),
        audio_to_pitch_onset_features(**heard),
    )
    score = pd.DataFrame(notes, columns=["start", "duration", "pitch"])
    score["velocity"] = 80  # of 127, as in the scores of MIDI files
    score["instrument"] = "piano"
    score_chroma, score_onsets = features(
        df_to_pitch_features(score, feature_rate=FEATURE_RATE), df_to_pitch_onset_features(score)
    )
    coarse = [quantized_chroma_to_CENS(one, 201, 50, FEATURE_RATE)[0] for one in (chroma, score_chroma)]
    shift = compute_optimal_chroma_shift(*coarse)
    path = sync_via_mrmsdtw(
        f_chroma1=chroma,
        f_onset1=onsets,
        f_chroma2=shift_chroma_vectors(score_chroma, shift),
        f_onset2=shift_chroma_vectors(score_onsets, shift),
        input_feature_rate=FEATURE_RATE,
        step_weights=np.array([1.5, 1.5, 2.0]),
        threshold_rec=10**6,
    )
    path = make_path_strictly_monotonic(path) / FEATURE_RATE
    return interp1d(path[1], path[0], fill_value="extrapolate")(times).tolist()


print(flush=True)
for line in sys.stdin:
    task = json.loads(line)
    started = time.perf_counter()
    with contextlib.redirect_stdout(sys.stderr):
        found = align(task["recording"], task["notes"], task["times"])
    print(json.dumps({"onsets": found, "seconds": time.perf_counter() - started}), flush=True)
