from tropdsx.atmos.epoch import *
from tropdsx.atmos.gpt_gridded import gpt2, gpt2w, gpt3
from tropdsx.atmos.gpt2007 import gpt
from tropdsx.atmos.gpt_grid import *
from tropdsx.atmos.gravity import *
from tropdsx.atmos.height import *
from tropdsx.atmos.mapping import *
from tropdsx.atmos.optical import *
from tropdsx.atmos.saastamoinen import *
from tropdsx.atmos.ties import *
from tropdsx.atmos.water_vapour import *
